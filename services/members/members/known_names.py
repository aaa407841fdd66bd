"""What members are called."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.postgres.pool import Tx


async def find_names(tx: Tx, members: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of those of these who are members."""
    rows = await tx.fetch(
        "SELECT member, given_name, family_name FROM member WHERE member = ANY($1)", list(members)
    )
    return {row["member"]: f"{row['given_name']} {row['family_name']}".strip() for row in rows}
