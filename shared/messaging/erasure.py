"""Erasure in the tables of messaging: what waits to go out, what is kept of it, and what is parked; and its report."""

from collections.abc import Sequence
from itertools import groupby

from structlog.contextvars import bound_contextvars

from shared.contracts.catalogue import Topic
from shared.contracts.members import Erasure, ErasureReport
from shared.messaging import outbox
from shared.messaging.consumer import parking
from shared.messaging.message import Message
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx


async def erase_messages(tx: Tx, ids: Sequence[str]) -> None:
    """Take out every message that names one of these ids. Call it before the messages with the new state are put."""
    await outbox.erase_messages(tx, ids)
    await parking.erase_messages(tx, ids)


async def erase_parked(tx: Tx, ids: Sequence[str]) -> None:
    """Take out what is parked and names one of these ids: of members about whom nothing went out from here."""
    await parking.erase_messages(tx, ids)


async def report_erasures(tx: Tx, topic: Topic, orders: Sequence[Message[Erasure]]) -> None:
    """Report on the service's own topic that these orders are carried out, also those that came again. Call it in the
    transaction that carries them out."""
    by_correlation = sorted(orders, key=lambda order: order.correlation_id)
    for _, group in groupby(by_correlation, key=lambda order: order.correlation_id):
        of_one = list(group)
        with bound_contextvars(**of_one[0].trail):
            await outbox.put_all(tx, [_build_report(topic, order.data) for order in of_one if order.data])


async def report_erasure(tx: Tx, topic: Topic, order: Erasure) -> None:
    """Report that an order is carried out that took more than one transaction. Call it in the last one."""
    await outbox.put_all(tx, [_build_report(topic, order)])


def _build_report(topic: Topic, order: Erasure) -> Outgoing:
    report = ErasureReport(member=order.member, ordered_at=order.ordered_at)
    return Outgoing(topic, str(order.member), "ErasureCarriedOut", 1, report)
