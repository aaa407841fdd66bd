"""Who holds a mandate, as people call them."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.members.mandates.mandates import ListedMandate
from shared.postgres.pool import Tx

_NAME = """
SELECT account, given_name, family_name FROM opened_account JOIN member USING (member) WHERE account = ANY($1)"""

_ADDRESS = """
SELECT DISTINCT ON (account) account, CASE scope WHEN $2 THEN address END AS address, role = 'operator' AS operates
FROM mandate WHERE account = ANY($1) AND (scope = $2 OR role = 'operator')
ORDER BY account, scope = $2 DESC, until DESC NULLS FIRST"""


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


class Actor(NamedTuple):
    """Who did something for an organisation: what they are called, "" where that isn't known, and whether they operate
    the installation."""

    called: str
    operates: bool


async def name_actors(tx: Tx, accounts: Sequence[UUID], organisation: str) -> dict[UUID, Actor]:
    """What these accounts are called: by name, else by the address at which the organisation gave them a mandate."""
    named = await tx.fetch(_NAME, accounts)
    names = {row["account"]: f"{row['given_name']} {row['family_name']}".strip() for row in named}
    held = {row["account"]: row for row in await tx.fetch(_ADDRESS, accounts, organisation)}
    return {
        account: Actor(
            names.get(account) or (held[account]["address"] if account in held else None) or "",
            account in held and held[account]["operates"],
        )
        for account in accounts
    }
