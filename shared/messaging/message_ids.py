"""Ids of messages: UUIDv7, whose time says in which day's inbox they belong, and mostly more than that."""

import secrets
from datetime import UTC, date, datetime
from uuid import UUID

_VERSION, _VARIANT = 7 << 76, 2 << 62
_RANDOM = ((1 << 12) - 1) << 64 | ((1 << 62) - 1)


def first_uuid(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment: 48 bits of ms since 1970, then zeros (RFC 9562)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def anonymous_id(day: date) -> UUID:
    """A UUIDv7 of a day (UTC) that says no more of its time, nor which of two came first: 74 bits are random."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return UUID(int=first_uuid(midnight).int | _VERSION | _VARIANT | (secrets.randbits(76) & _RANDOM))
