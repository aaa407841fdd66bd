"""Who holds a mandate, as people call them."""

from collections.abc import Sequence
from typing import NamedTuple

from services.members.mandates.mandates import ListedMandate
from shared.postgres.pool import Tx

_NAME = """
SELECT account, given_name, family_name FROM opened_account JOIN member USING (member) WHERE account = ANY($1)"""


class NamedMandate(NamedTuple):
    """A mandate, and what whoever has it is called: by name, else by the address; "" where neither is known."""

    mandate: ListedMandate
    called: str


async def name_holders(tx: Tx, mandates: Sequence[ListedMandate]) -> list[NamedMandate]:
    """The mandates with what their holders are called."""
    rows = await tx.fetch(_NAME, [each.account for each in mandates if each.account])
    names = {row["account"]: f"{row['given_name']} {row['family_name']}".strip() for row in rows}
    return [
        NamedMandate(each, (names.get(each.account) if each.account else None) or each.email or "")
        for each in mandates
    ]
