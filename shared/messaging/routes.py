"""The table of a service's message door: which verb takes the messages of which topic."""

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


def for_each(verb: Callable[[Tx, Message[Any]], Awaitable[None]]) -> Handler:
    """A verb for batches from a verb for one message. What it does is bound to the message's correlation id."""

    async def verb_for_all(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        for message in messages:
            ids = {"correlation_id": message.correlation_id, "causation_id": str(message.id)}
            with bound_contextvars(**ids):
                await verb(tx, message)
                log.info("message.apply.done", type=message.type, message_id=str(message.id))

    return verb_for_all
