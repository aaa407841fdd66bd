"""The work of imports: one chunk of rows after the other, each in a transaction of its own."""

import structlog
from structlog.contextvars import bound_contextvars

from services.members.imports import processing
from services.members.imports.processing import ClaimedImport
from services.members.members.audience_ids import AudienceIds
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, transaction
from shared.postgres.transient import is_transient

log = structlog.get_logger(__name__)


async def import_rows(pool: Pool, audience_ids: AudienceIds) -> int:
    """Import the next chunk of the oldest unfinished import that isn't locked.

    Each chunk is one transaction, so a crash loses nothing and another process may go on. Returns how much was
    done. What a chunk raises for good ends its import as failed; the chunks before it stay applied.
    """
    claimed = None
    try:
        async with transaction(pool) as tx:
            claimed = await processing.claim_import(tx)
            if claimed is None:
                return 0
            with bound_contextvars(**_build_context(claimed)):
                await processing.process_chunk(tx, audience_ids, claimed)
                failpoint("import.committing")
    except Exception as error:
        if claimed is None or is_transient(error):
            raise
        await _give_up(pool, claimed, error)
    return 1


def _build_context(claimed: ClaimedImport) -> dict[str, str]:
    """What the messages carry: the upload's correlation id, and that a restore brought the import back."""
    context = {"correlation_id": claimed.correlation_id}
    return context | {"restored": "1"} if claimed.restored else context


async def _give_up(pool: Pool, claimed: ClaimedImport, error: Exception) -> None:
    async with transaction(pool) as tx:
        await processing.finish_import(tx, claimed, "failed")
    log.error("import.work.failed", id=str(claimed.id), error=type(error).__name__)
