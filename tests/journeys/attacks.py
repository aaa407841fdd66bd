"""How someone who reads two topics would join the persons on the one with those on the other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from shared.testing.kafka import Record

Sorted: TypeAlias = Callable[[Record], Any]
Guesses: TypeAlias = Mapping[str, list[str]]


def read_header(record: Record, name: str) -> str:
    return str(dict(record.headers)[name].decode())


ORDERS: Mapping[str, Sorted] = {
    "id": lambda record: UUID(read_header(record, "ce_id")),
    "time of the id": lambda record: UUID(read_header(record, "ce_id")).int >> 80,
    "time": lambda record: read_header(record, "ce_time"),
    "time at the broker": lambda record: record.timestamp,
    "version": lambda record: read_header(record, "ce_sequence"),
    "offset": lambda record: (record.offset, record.partition),
    "partition": lambda record: (record.partition, record.offset),
    "arrival": lambda record: (record.timestamp, record.offset, record.partition),
}


def guess_by_order(acts: Sequence[Any], public: Sequence[Record]) -> Guesses:
    """Whose record each is, if the public records came in the order of these persons' acts."""
    return {
        f"order of {name}": [record.key.decode() for record in sorted(public, key=order)][: len(acts)]
        for name, order in ORDERS.items()
    }


def guess_by_time(moments: Sequence[int], public: Sequence[Record]) -> Guesses:
    """Whose record each is, if it went out next to the moment (ms since 1970) of the person's act, or of news about it:
    whether before or after, right before, or right after."""

    def nearest(distance: Callable[[int], float]) -> list[str]:
        return [min(public, key=lambda one: distance(one.timestamp - at)).key.decode() for at in moments]

    return {
        "time": nearest(abs),
        "time before": nearest(lambda ms: -ms if ms <= 0 else float("inf")),
        "time after": nearest(lambda ms: ms if ms >= 0 else float("inf")),
    }


def count_hits(guesses: Guesses, truth: Sequence[str]) -> Mapping[str, int]:
    """How many of these persons each attack found."""
    return {
        name: sum(guessed == right for guessed, right in zip(found, truth, strict=False))
        for name, found in guesses.items()
    }


def find_telling_headers(public: Sequence[Record]) -> set[str]:
    """The headers that tell records apart."""
    values: dict[str, set[bytes]] = {}
    for record in public:
        for name, value in record.headers:
            values.setdefault(name, set()).add(value)
    return {name for name, found in values.items() if len(found) > 1}
