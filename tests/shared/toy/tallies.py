"""Tallies that go up by one, and what became of the messages about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.catalogue import Topic
from shared.contracts.model import Contract
from shared.messaging import outbox
from shared.messaging.consumer.routes import Routes
from shared.messaging.message import Message
from shared.postgres.pool import Tx


class Tally(Contract):
    """A tally as it is now."""

    tally: str
    version: int
    padding: str = ""


_TYPES: Mapping[str, str] = {"TallyRaised": "It went up by one.", "TallyGone": "It is gone."}
TALLY = Topic("toy.tally.v1", "toy", "tally", "state", "internal", False, Tally, _TYPES, identity="tally")
NOTE = Topic("toy.note.v1", "toy", "tally", "log", "internal", False, Tally, _TYPES, identity="tally")


class Barred(Exception):
    """The handler doesn't take this key today."""


async def count_up(tx: Tx, key: str) -> int:
    """Raise one tally by one; returns its version."""
    version: int = await tx.fetchval(
        "INSERT INTO tally (tally, version) VALUES ($1, 1)"
        " ON CONFLICT (tally) DO UPDATE SET version = tally.version + 1 RETURNING version",
        key,
    )
    await outbox.put_one(tx, TALLY, key, "TallyRaised", version, Tally(tally=key, version=version))
    return version


async def remove(tx: Tx, key: str) -> None:
    """Remove one tally; its tombstone goes out."""
    version = await tx.fetchval("DELETE FROM tally WHERE tally = $1 RETURNING version", key)
    await outbox.put_one(tx, TALLY, key, "TallyGone", version + 1, None)


async def note(tx: Tx, messages: Sequence[Message[Any]]) -> None:
    """Note the effect of these messages. Raises `Barred` if one of their keys is barred."""
    keys = [message.key for message in messages]
    if await tx.fetchval("SELECT EXISTS (SELECT FROM barred WHERE key = ANY($1))", keys):
        raise Barred
    await tx.executemany(
        "INSERT INTO effect (key, type, sequence, version, message_id) VALUES ($1, $2, $3, $4, $5)",
        [
            (
                message.key,
                message.type,
                message.sequence,
                None if message.data is None else message.data.version,
                message.id,
            )
            for message in messages
        ],
    )


ROUTES: Routes = {TALLY: note}
