"""The work of imports: one chunk of rows after the other, each in a transaction of its own."""

from collections.abc import Sequence
from functools import partial

from structlog.contextvars import bound_contextvars

from services.members.imports import processing
from services.members.imports.processing import ClaimedImport
from services.members.members.audience_ids import AudienceIds
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx
from shared.runtime.items import ItemWork


async def import_rows(pool: Pool, audience_ids: AudienceIds) -> int:
    """Import the next chunk of the oldest unfinished import that isn't locked.

    Each chunk is one transaction, so a crash loses nothing and another process may go on. Returns how much was
    done. What a chunk raises for good ends its import as failed; the chunks before it stay applied.
    """
    work = partial(_import_chunks, audience_ids=audience_ids)
    importing = ItemWork(processing.WORKER, processing.find_unfinished, work, processing.fail_import)
    return await importing.step(pool)


async def _import_chunks(tx: Tx, imports: Sequence[str], audience_ids: AudienceIds) -> None:
    for which in imports:
        claimed = await processing.claim_import(tx, which)
        if claimed is not None:
            with bound_contextvars(**_build_context(claimed)):
                await processing.process_chunk(tx, audience_ids, claimed)
                failpoint("import.committing")


def _build_context(claimed: ClaimedImport) -> dict[str, str]:
    """What the messages carry: the upload's correlation id, and that a restore brought the import back."""
    context = {"correlation_id": claimed.correlation_id}
    return context | {"restored": "1"} if claimed.restored else context
