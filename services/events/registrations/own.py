"""A member's own registrations: the one for an offer, and all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from services.events.offers import offers
from services.events.offers.offers import StoredOffer
from services.events.registrations import rules
from services.events.registrations.registrations import POSITION
from services.events.registrations.rules import Admission
from shared.contracts.events import RegistrationState
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx

# Of what is ahead, and of what is over.
AHEAD_SHOWN, PAST_SHOWN = 100, 20

_SELECT = f"""
SELECT r.registration, r.offer, r.state, r.at, {POSITION} AS position
FROM registration r JOIN offer o USING (offer)"""
_AHEAD = f"""{_SELECT} WHERE r.member = $1 AND r.state <> 'withdrawn' AND o.ends_at > now()
ORDER BY o.starts_at, r.registration LIMIT $2"""
_PAST = f"""{_SELECT} WHERE r.member = $1 AND r.state = 'registered' AND o.ends_at <= now()
ORDER BY o.starts_at DESC, r.registration LIMIT $2"""


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """Where one's registration stands since `at`; `position` as in `RegistrationStatus`."""

    registration: UUID
    offer: StoredOffer
    state: RegistrationState
    position: int | None
    at: datetime

    @property
    def waits(self) -> bool:
        """Whether it is on the waiting list."""
        return self.state == RegistrationState.WAITLISTED


async def find_own(tx: Tx, member: UUID, offer: StoredOffer) -> OwnRegistration | None:
    """The member's registration for this offer, unless there is none, or it was withdrawn."""
    row = await tx.fetchrow(
        f"{_SELECT} WHERE r.offer = $1 AND r.member = $2 AND r.state <> 'withdrawn'", offer.offer, member
    )
    return _build_own(row, offer) if row else None


async def read_own(tx: Tx, member: UUID, registration: UUID) -> OwnRegistration:
    """One registration of the member's, withdrawn or not. Raises `NotFound`."""
    row = await tx.fetchrow(f"{_SELECT} WHERE r.registration = $1 AND r.member = $2", registration, member)
    if row is None:
        raise NotFound("registration-unknown", "No registration of yours has this id.")
    return _build_own(row, await offers.read_offer(tx, row["offer"]))


async def list_ahead(tx: Tx, member: UUID) -> list[OwnRegistration]:
    """What the member is registered for or waits for, the next one first."""
    return await _build_all(tx, await tx.fetch(_AHEAD, member, AHEAD_SHOWN))


async def list_past(tx: Tx, member: UUID) -> list[OwnRegistration]:
    """What the member had a seat for, the last one first."""
    return await _build_all(tx, await tx.fetch(_PAST, member, PAST_SHOWN))


def find_chance(offer: StoredOffer) -> Admission | None:
    """What a newcomer can expect by the counts that everybody is told; None if registration is closed.

    Who registers may get something else: pages never show the newest counts, as these tell who acts.
    """
    if offer.closing_reason is not None:
        return None
    told = replace(offer.availability, registered=offer.public_registered, waiting=offer.public_waiting)
    return rules.decide_admission(told, offer.seen_at)


async def _build_all(tx: Tx, rows: Sequence[asyncpg.Record]) -> list[OwnRegistration]:
    found = await offers.read_published(tx, [row["offer"] for row in rows])
    by_id = {offer.offer: offer for offer in found}
    return [_build_own(row, by_id[row["offer"]]) for row in rows]


def _build_own(row: asyncpg.Record, offer: StoredOffer) -> OwnRegistration:
    return OwnRegistration(
        row["registration"], offer, RegistrationState(row["state"]), row["position"], row["at"]
    )
