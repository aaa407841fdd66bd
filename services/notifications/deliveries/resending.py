"""A delivery that has failed is sent again, because somebody has mended why."""

from uuid import UUID

from services.notifications.deliveries import entries
from services.notifications.deliveries.entries import DeliveryEntry
from shared.access.principal import Principal
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx

# Its three days begin anew. What has no text was never written, or names somebody who was erased.
_RESEND = """
UPDATE delivery SET state = 'due', reason = NULL, attempts = 0, created_at = now(), due_at = now()
WHERE delivery = $1 AND state = 'failed' AND member IS NOT NULL AND text IS NOT NULL
RETURNING true"""


async def resend_delivery(tx: Tx, asker: Principal, delivery: UUID) -> DeliveryEntry:
    """Send again what has failed; whoever is to get it gets it once more if the first one did arrive.

    Raises `NotFound`, `Refused` for what hasn't failed, or has no text (any more).
    """
    await entries.read_managed(tx, asker, delivery)
    if not await tx.fetchval(_RESEND, delivery):
        raise Refused("not-failed", "This delivery hasn't failed, or has no text to send.")
    return await entries.read_managed(tx, asker, delivery)
