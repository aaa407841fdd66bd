"""Reports on erasures, as the other services give them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from services.members.consumers import ROUTES
from shared.contracts.catalogue import ERASURE, Topic
from shared.contracts.members import ErasureReport
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox


async def read_orders(members: Running) -> list[ErasureReport]:
    """What a service that carried out all orders so far reports, in their order."""
    return [
        ErasureReport.model_validate(order) for _, _, order in await read_outbox(members.pool, ERASURE.name)
    ]


async def report(members: Running, topic: Topic, reports: Sequence[ErasureReport]) -> None:
    """Let the owner of this topic report."""
    async with transaction(members.pool) as tx:
        await ROUTES[topic](
            tx,
            [
                Message(uuid4(), "ErasureCarriedOut", str(data.member), 1, datetime.now(UTC), data, "")
                for data in reports
            ],
        )


async def report_all(members: Running, topic: Topic) -> None:
    """Let the owner of this topic report all orders so far."""
    await report(members, topic, await read_orders(members))
