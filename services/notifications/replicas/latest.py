"""State topics: of several messages with one key only the newest counts, in whatever order they came."""

from collections.abc import Sequence
from typing import TypeVar

from shared.contracts.model import Contract
from shared.messaging.message import Message

T = TypeVar("T", bound=Contract)


def latest_messages(messages: Sequence[Message[T]]) -> list[Message[T]]:
    """The message with the highest sequence of each key."""
    return list({m.key: m for m in sorted(messages, key=lambda m: m.sequence)}.values())


def latest_states(messages: Sequence[Message[T]]) -> list[tuple[T, int]]:
    """The newest data of each key with its sequence, without tombstones."""
    return [(m.data, m.sequence) for m in latest_messages(messages) if m.data is not None]


def deleted_keys(messages: Sequence[Message[T]]) -> list[str]:
    """The keys whose newest message is a tombstone."""
    return [m.key for m in latest_messages(messages) if m.data is None]
