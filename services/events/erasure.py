"""Erasure: a member's registrations leave this service, and their seats go to those who wait."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.events.offers import seat_counts
from services.events.registrations import announcements, waiting_list
from services.events.replicas import members
from shared.contracts.catalogue import EVENTS_DISCLOSURE, EVENTS_ERASURE
from shared.contracts.events import RegistrationState
from shared.contracts.members import Erasure, Profile
from shared.messaging import erasure
from shared.messaging.consumer.routes import for_each
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime import audit, kept_answers
from shared.runtime.disclosure import disclosing


async def handle_erasures(tx: Tx, messages: Sequence[Message[Erasure]]) -> None:
    """Erase whom these orders name, and report it. An order that comes again is reported again."""
    await erase_members(tx, messages)
    await erasure.report_erasures(tx, EVENTS_ERASURE, messages)


async def apply_profiles(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Update the replica of profiles; a tombstone erases the member as an order does."""
    await erase_members(tx, [message for message in messages if message.data is None])
    await members.project_members(tx, messages)


async def erase_members(tx: Tx, messages: Sequence[Message[Profile]] | Sequence[Message[Erasure]]) -> None:
    """Remove the members whom these messages name, and their registrations; a tombstone goes out for each. A repeat
    changes nothing.

    Locks are taken as everywhere: members before offers, offers by their id.
    """
    named = {UUID(message.key): message for message in messages}
    known = await members.erase_members(tx, list(named))
    await erasure.erase_parked(tx, [str(member) for member in named])
    await kept_answers.erase_answers(tx, list(named))
    await audit.erase_persons(tx, list(named))
    await disclosing.forget_members(tx, list(named), EVENTS_DISCLOSURE)
    await tx.execute(
        "SELECT FROM offer WHERE offer IN (SELECT offer FROM registration WHERE member = ANY($1))"
        " ORDER BY offer FOR UPDATE",
        list(named),
    )
    rows = await tx.fetch("SELECT DISTINCT member FROM registration WHERE member = ANY($1)", list(named))
    concerned = {*known, *(row["member"] for row in rows)}
    await for_each(_erase_registrations)(tx, [m for member, m in named.items() if member in concerned])


async def _erase_registrations(tx: Tx, message: Message[Any]) -> None:
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
