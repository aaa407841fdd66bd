"""Erasure: a member's registrations leave this service, and their seats go to those who wait."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import seat_counts
from services.events.registrations import announcements, waiting_list
from services.events.replicas import members
from shared.contracts.events import RegistrationState
from shared.contracts.members import Erasure
from shared.messaging import erasure
from shared.messaging.consumer.routes import for_each
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def erase_members(tx: Tx, messages: Sequence[Message[Erasure]]) -> None:
    """Remove members and their registrations; a tombstone goes out for each. A repeat changes nothing.

    Locks are taken as everywhere: members before offers, offers by their id.
    """
    ids = [UUID(message.key) for message in messages]
    await members.erase_members(tx, ids)
    await tx.execute(
        "SELECT FROM offer WHERE offer IN (SELECT offer FROM registration WHERE member = ANY($1))"
        " ORDER BY offer FOR UPDATE",
        ids,
    )
    await for_each(_erase_registrations)(tx, messages)


async def _erase_registrations(tx: Tx, message: Message[Erasure]) -> None:
    erased = await tx.fetch(
        "DELETE FROM registration WHERE member = $1 RETURNING registration, offer, state, version",
        UUID(message.key),
    )
    await erasure.erase_messages(tx, [message.key])
    await announcements.publish_tombstones(tx, erased)
    for row in erased:
        if row["state"] != RegistrationState.WITHDRAWN:
            await _free_seat(tx, row["offer"], had_seat=row["state"] == RegistrationState.REGISTERED)


async def _free_seat(tx: Tx, offer: UUID, *, had_seat: bool) -> None:
    await seat_counts.adjust_counts(tx, offer, registered=-had_seat, waiting=had_seat - 1)
    await waiting_list.move_up(tx, offer)
