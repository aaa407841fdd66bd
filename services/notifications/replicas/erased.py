"""That members were erased, and nothing else about them."""

from collections.abc import Collection
from uuid import UUID

from shared.postgres.pool import Tx


async def find_erased(tx: Tx, members: Collection[UUID]) -> set[UUID]:
    """Those of these members who were erased."""
    rows = await tx.fetch("SELECT member FROM erased WHERE member = ANY($1)", list(members))
    return {row["member"] for row in rows}
