"""Registrations of members for offers: confirmed, on the waiting list, or withdrawn."""

from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.events.offers import offers, seat_counts
from services.events.offers.offers import StoredOffer
from services.events.offers.seat_counts import MARK_COUNTS
from services.events.registrations import announcements, rules, waiting_list
from services.events.registrations.rules import Admission
from services.events.replicas import members
from shared.access.principal import Principal
from shared.contracts.events import RegistrationState
from shared.contracts.model import Contract
from shared.contracts.refusals import Forbidden, Invalid, NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import Page, PageRequest

# `waiting` counts those on the waiting list from the first page to this row.
_PAGE = """
SELECT registration, member, number, state, note, waiting, CASE WHEN state = 'waitlisted' THEN waiting END AS position
FROM (
    SELECT *, $3::bigint + count(*) FILTER (WHERE state = 'waitlisted') OVER (ORDER BY number) AS waiting
    FROM (SELECT registration, member, number, state, note FROM registration
          WHERE offer = $1 AND number > $2 ORDER BY number LIMIT $4) AS page) AS counted
ORDER BY number"""


# Who has more before them hears no position: it isn't worth what it costs to count them.
LAST_COUNTED = 1_000
# Of registration r: who is first on the waiting list has 1; NULL for whoever isn't on it.
POSITION = f"""CASE WHEN r.state = 'waitlisted' THEN (
    SELECT nullif(count(*), {LAST_COUNTED + 1}) FROM (
        SELECT FROM registration w
        WHERE w.offer = r.offer AND w.state = 'waitlisted' AND w.number <= r.number
        ORDER BY w.number LIMIT {LAST_COUNTED + 1}) AS counted) END"""
_READ = (
    f"SELECT registration, member, state, {POSITION} AS position FROM registration r WHERE registration = $1"
)


class Register(Command):
    """A wish for a seat; `member` says whose if it isn't the asker's own."""

    member: UUID | None = None


class RegistrationStatus(Contract):
    """Where a registration stands; `position` is that on the waiting list now, from 1. Who is read alone, and isn't
    among the first thousand, has none."""

    registration: UUID
    member: UUID
    state: RegistrationState
    position: int | None = None


class HostedRegistration(RegistrationStatus):
    """A registration as the hosts of its offer see it, with their note."""

    note: str


async def register_member(tx: Tx, asker: Principal, offer: UUID, command: Register) -> RegistrationStatus:
    """Give a member a seat, or a position on the waiting list; `Registered` or `Waitlisted` goes out.

    Raises `NotFound`, `Forbidden` for another member without a host's mandate, `Refused`: registration is closed, all
    seats are taken and there is no waiting list, or the member is registered already.
    """
    member = await _choose_member(tx, asker, offer, command)
    await members.lock_member(tx, member)
    stored = await offers.lock_offer(tx, offer)
    if stored.closing_reason is not None:
        raise Refused(*stored.closing_reason)
    admission = rules.decide_admission(stored.availability, stored.seen_at)
    refused = admission is Admission.REFUSED
    row = None if refused else await _insert_registration(tx, stored, member, admission)
    if row is None:
        await _require_unregistered(tx, offer, member)
        raise Refused("offer-full", "All places are taken, and there is no waiting list to join.")
    await announcements.publish_registrations(tx, [row])
    return _build_status(row)


async def withdraw_registration(tx: Tx, asker: Principal, registration: UUID) -> RegistrationStatus:
    """Give a registration back; `Withdrawn` goes out, and whoever waits longest moves up at once. A repeat changes
    nothing. Raises `NotFound`."""
    offer, member = await _find_theirs(tx, asker, registration)
    await offers.lock_offer(tx, offer)
    before = await tx.fetchval("SELECT state FROM registration WHERE registration = $1", registration)
    if before is None:
        raise unknown_registration()
    if before != RegistrationState.WITHDRAWN:
        await _mark_withdrawn(tx, registration, offer, had_seat=before == RegistrationState.REGISTERED)
    return RegistrationStatus(registration=registration, member=member, state=RegistrationState.WITHDRAWN)


async def read_registration(tx: Tx, asker: Principal, registration: UUID) -> RegistrationStatus:
    """Where one registration stands. Raises `NotFound`."""
    await _find_theirs(tx, asker, registration)
    row = await tx.fetchrow(_READ, registration)
    if row is None:
        raise unknown_registration()
    return _build_status(row)


async def read_organisation(tx: Tx, registration: UUID) -> str:
    """The organisation whose offer the registration is for."""
    organisation: str = await tx.fetchval(
        "SELECT organisation FROM registration JOIN offer USING (offer) WHERE registration = $1", registration
    )
    return organisation


async def list_registrations(
    tx: Tx, asker: Principal, offer: UUID, paging: PageRequest
) -> Page[HostedRegistration]:
    """The registrations of an offer in the order in which they came. Raises `NotFound`, for a foreign cursor too.

    Positions are counted on from page to page: whoever reads all pages counts each who waits once, whatever changes
    meanwhile.
    """
    after, waiting = paging.cursor_parts(int, int)
    await offers.read_hosted(tx, asker, offer)
    rows = await tx.fetch(_PAGE, offer, after or 0, waiting or 0, paging.limit + 1)
    keys = [[row["number"], row["waiting"]] for row in rows]
    return paging.build_page([HostedRegistration.model_validate(dict(row)) for row in rows], keys)


async def _choose_member(tx: Tx, asker: Principal, offer: UUID, command: Register) -> UUID:
    """Who is to have the seat: the asker, or somebody else whom a coordinator of a host names."""
    stored = await offers.read_seen(tx, asker, offer)
    member = command.member or asker.member
    if member is None:
        raise Invalid("member-missing", "You are no member: say which member you register.")
    if member != asker.member and not asker.coordinates_any(stored.hosts):
        raise Forbidden("not-for-another", "Only a coordinator of a host may register somebody else.")
    return member


async def _find_theirs(tx: Tx, asker: Principal, registration: UUID) -> tuple[UUID, UUID]:
    """The offer and the member of a registration that is the asker's own, or for an offer that they host."""
    row = await tx.fetchrow(
        "SELECT offer, member, organisation, co_hosts FROM registration JOIN offer USING (offer)"
        " WHERE registration = $1",
        registration,
    )
    if row is None:
        raise unknown_registration()
    if row["member"] != asker.member and not asker.coordinates_any([row["organisation"], *row["co_hosts"]]):
        raise unknown_registration()
    return row["offer"], row["member"]


async def _require_unregistered(tx: Tx, offer: UUID, member: UUID) -> None:
    active = await tx.fetchval(
        "SELECT registration FROM registration WHERE offer = $1 AND member = $2 AND state <> 'withdrawn'",
        offer,
        member,
    )
    if active is not None:
        raise Refused(
            "already-registered", "This member is registered for this offer.", registration=str(active)
        )


async def _insert_registration(
    tx: Tx, stored: StoredOffer, member: UUID, admission: Admission
) -> asyncpg.Record | None:
    """The registration, which is counted; None if the member has one already. One statement, because all others
    who want a seat wait for it."""
    waits = admission is Admission.WAITLISTED
    return await tx.fetchrow(
        f"""
        WITH inserted AS (
            INSERT INTO registration (registration, offer, number, member, state, position)
            SELECT $1, offer, last_number + 1, $3, $4, $5 FROM offer WHERE offer = $2
            ON CONFLICT (offer, member) WHERE state <> 'withdrawn' DO NOTHING
            RETURNING *
        ), counted AS (
            UPDATE offer SET last_number = inserted.number, registered = registered + $6, waiting = waiting + $7
            FROM inserted WHERE offer.offer = inserted.offer
            RETURNING offer.offer
        ), {MARK_COUNTS}
        SELECT * FROM inserted""",
        uuid7(),
        stored.offer,
        member,
        admission,
        stored.waiting + 1 if waits else None,
        int(not waits),
        int(waits),
    )


async def _mark_withdrawn(tx: Tx, registration: UUID, offer: UUID, *, had_seat: bool) -> None:
    rows = await tx.fetch(
        "UPDATE registration SET state = 'withdrawn', at = now(), version = version + 1"
        " WHERE registration = $1 RETURNING *",
        registration,
    )
    await seat_counts.adjust_counts(tx, offer, registered=-had_seat, waiting=had_seat - 1)
    await announcements.publish_registrations(tx, rows)
    await waiting_list.move_up(tx, offer)


def _build_status(row: asyncpg.Record) -> RegistrationStatus:
    values: dict[str, Any] = dict(row)
    return RegistrationStatus.model_validate(values)


def unknown_registration() -> NotFound:
    """There is none of this id for whoever asks."""
    return NotFound("registration-unknown", "No registration has this id.")
