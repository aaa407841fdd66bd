"""Registrations of members for offers: a place, a place on the waiting list, or given back."""

from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.events.offers import offers, seat_counts
from services.events.offers.offers import Listing
from services.events.offers.rules import closed_because
from services.events.offers.seat_counts import MARK_CHANGED
from services.events.registrations import announcements, rules, waiting_list
from services.events.registrations.rules import Admission
from services.events.replicas import members
from shared.contracts.events import RegistrationState
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import Page, PageRequest


class Register(Command):
    """Who wants a place."""

    member: UUID


class Place(Contract):
    """Where a registration stands; `position` is its place on the waiting list now, from 1."""

    registration: UUID
    state: RegistrationState
    position: int | None = None


async def register(tx: Tx, offer: UUID, command: Register) -> Place:
    """Give a member a place, or one on the waiting list; `Registered` or `Waitlisted` goes out.

    Raises `NotFound`, `Refused`: registration is closed, all places are taken and there is no waiting list, or the
    member is registered already.
    """
    await members.hold(tx, command.member)
    listing = await offers.locked(tx, offer)
    closed = closed_because(listing.standing, listing.seen_at)
    if closed is not None:
        raise Refused(*closed)
    admission = rules.admission(listing.standing)
    row = None if admission is Admission.REFUSED else await _insert(tx, listing, command.member, admission)
    if row is None:
        await _require_none(tx, offer, command.member)
        raise Refused("offer-full", "All places are taken, and this offer has no waiting list.")
    await announcements.send(tx, [row])
    return _place(row)


async def withdraw(tx: Tx, registration: UUID) -> Place:
    """Give a registration back; `Withdrawn` goes out, and whoever waits longest moves up at once. A repeat changes
    nothing. Raises `NotFound`."""
    offer = await tx.fetchval("SELECT offer FROM registration WHERE registration = $1", registration)
    if offer is None:
        raise _unknown()
    await offers.locked(tx, offer)
    before = await tx.fetchval("SELECT state FROM registration WHERE registration = $1", registration)
    if before is None:
        raise _unknown()
    if before != RegistrationState.WITHDRAWN:
        await _withdraw(tx, registration, offer, had_place=before == RegistrationState.REGISTERED)
    return Place(registration=registration, state=RegistrationState.WITHDRAWN)


async def read(tx: Tx, registration: UUID) -> Place:
    """Where one registration stands. Raises `NotFound`."""
    row = await tx.fetchrow(
        """
        SELECT registration, state, CASE WHEN state = 'waitlisted' THEN (
            SELECT count(*) FROM registration w
            WHERE w.offer = r.offer AND w.state = 'waitlisted' AND w.number <= r.number) END AS position
        FROM registration r WHERE registration = $1""",
        registration,
    )
    if row is None:
        raise _unknown()
    return _place(row)


async def page(tx: Tx, offer: UUID, paging: PageRequest) -> Page[Place]:
    """The registrations of an offer in the order in which they came. Raises `NotFound`, for a foreign cursor too."""
    [after] = paging.cursor_parts(int)
    await offers.read(tx, offer)
    rows = await tx.fetch(
        """
        SELECT r.registration, r.number, r.state, w.position
        FROM registration r LEFT JOIN (
            SELECT registration, row_number() OVER (ORDER BY number) AS position
            FROM registration WHERE offer = $1 AND state = 'waitlisted') w USING (registration)
        WHERE r.offer = $1 AND r.number > $2 ORDER BY r.number LIMIT $3""",
        offer,
        after or 0,
        paging.limit + 1,
    )
    return paging.build_page([_place(row) for row in rows], [[row["number"]] for row in rows])


async def _require_none(tx: Tx, offer: UUID, member: UUID) -> None:
    active = await tx.fetchval(
        "SELECT registration FROM registration WHERE offer = $1 AND member = $2 AND state <> 'withdrawn'",
        offer,
        member,
    )
    if active is not None:
        raise Refused(
            "already-registered", "This member is registered for this offer.", registration=str(active)
        )


async def _insert(tx: Tx, listing: Listing, member: UUID, admission: Admission) -> asyncpg.Record | None:
    """The registration, which is counted; None if the member has one already. One statement, because all others
    who want a place wait for it."""
    waits = admission is Admission.WAITLISTED
    return await tx.fetchrow(
        f"""
        WITH made AS (
            INSERT INTO registration (registration, offer, number, member, state, position)
            SELECT $1, offer, last_number + 1, $3, $4, $5 FROM offer WHERE offer = $2
            ON CONFLICT (offer, member) WHERE state <> 'withdrawn' DO NOTHING
            RETURNING *
        ), counted AS (
            UPDATE offer SET last_number = made.number, registered = registered + $6, waiting = waiting + $7
            FROM made WHERE offer.offer = made.offer
            RETURNING offer.offer, offer.changed_at
        ), {MARK_CHANGED}
        SELECT * FROM made""",
        uuid7(),
        listing.offer,
        member,
        admission,
        listing.waiting + 1 if waits else None,
        int(not waits),
        int(waits),
    )


async def _withdraw(tx: Tx, registration: UUID, offer: UUID, *, had_place: bool) -> None:
    rows = await tx.fetch(
        "UPDATE registration SET state = 'withdrawn', at = now(), version = version + 1"
        " WHERE registration = $1 RETURNING *",
        registration,
    )
    await seat_counts.count(tx, offer, registered=-had_place, waiting=had_place - 1)
    await announcements.send(tx, rows)
    await waiting_list.move_up(tx, offer)


def _place(row: asyncpg.Record) -> Place:
    values: dict[str, Any] = dict(row)
    return Place.model_validate(values)


def _unknown() -> NotFound:
    return NotFound("registration-unknown", "No registration has this id.")
