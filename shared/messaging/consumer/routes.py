"""The table of a service's message handlers, by topic."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import structlog
from structlog.contextvars import bound_contextvars

from shared.contracts.catalogue import Topic
from shared.messaging.message import Message
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[Tx, Sequence[Message[Any]]], Awaitable[None]]
Routes: TypeAlias = Mapping[Topic, Handler]


def for_each(handle: Callable[[Tx, Message[Any]], Awaitable[None]]) -> Handler:
    """A handler of batches from a handler of one message; the message's correlation id and trace are bound while it
    runs, and that a restore brought it back, which goes for what comes of it too."""

    async def handle_batch(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        for message in messages:
            ids = message.trail | {"causation_id": str(message.id)}
            if message.restored:
                ids["restored"] = "1"
            with bound_contextvars(**ids):
                await handle(tx, message)
                log.info("message.apply.done", type=message.type, message_id=str(message.id))

    return handle_batch
