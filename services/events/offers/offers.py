"""Offers as they are stored, drafts too: one of them, or those that a filter leaves."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from services.events.offers.offer_filter import NEXT_ARGUMENT, SOURCE, OfferFilter, build_condition
from services.events.offers.rules import Availability, LifecycleState, can_move_up, find_closing_reason
from shared.access.principal import Principal
from shared.contracts.events import Mode, Occurrence, Offer
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class StoredOffer(Contract):
    """One offer with all that is known of it. Occurrences are in local time of `timezone`.

    `registered` and `waiting` are true at `seen_at`, the database's time of reading. Of them `public_registered` and
    `public_waiting` are what the world was told last, and all that pages, feeds and topics may show. `version` counts
    what was published, `revision` is the version at which the offer was published, changed or cancelled last, at
    `revised_at`; of a draft that is when it was written last.
    """

    offer: UUID
    slug: Slug
    organisation: Slug
    co_hosts: tuple[Slug, ...]
    kind: Slug
    title: str
    title_language: Language
    summary: str
    mode: Mode
    country: Country | None
    region: Slug | None
    city: str | None
    venue: str | None
    languages: tuple[Language, ...]
    themes: tuple[Slug, ...]
    timezone: str
    occurrences: tuple[Occurrence, ...]
    starts_at: datetime
    ends_at: datetime
    months: tuple[str, ...]
    registration_closes: datetime | None
    state: LifecycleState
    cancel_reason: str | None
    places: int | None
    waiting_list: bool
    registered: int
    waiting: int
    public_registered: int
    public_waiting: int
    version: int
    changed_at: datetime
    revision: int
    revised_at: datetime
    seen_at: datetime

    @property
    def availability(self) -> Availability:
        """What decides about a seat."""
        last = max(occurrence.starts for occurrence in self.occurrences)
        return Availability(
            state=self.state,
            last_begins_at=last.replace(tzinfo=ZoneInfo(self.timezone)),
            ends_at=self.ends_at,
            registration_closes=self.registration_closes,
            places=self.places,
            waiting_list=self.waiting_list,
            registered=self.registered,
            waiting=self.waiting,
        )

    @property
    def can_move_up(self) -> bool:
        """Whether a seat that had become free when it was read would have gone to who waits."""
        return can_move_up(self.availability, self.seen_at)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The organisation responsible, then its co-hosts."""
        return (self.organisation, *self.co_hosts)

    @property
    def closing_reason(self) -> tuple[str, str] | None:
        """Why nobody could register when it was read, as a code and a sentence; None if registration was open."""
        return find_closing_reason(self.availability, self.seen_at)

    @property
    def is_over(self) -> bool:
        """Whether it had ended when it was read."""
        return self.ends_at <= self.seen_at

    def build_contract(self) -> Offer:
        """What the world may know. Raises pydantic's ValidationError for a draft."""
        public = {"registered": self.public_registered, "waiting": self.public_waiting}
        return Offer.model_validate(self.model_dump() | public)


async def list_offers(
    tx: Tx, wanted: OfferFilter, limit: int, after: UUID | None = None
) -> list[StoredOffer]:
    """Up to `limit` offers by start, behind the offer `after`. Drafts never."""
    rows = await tx.fetch(
        f"""
        SELECT o.*, clock_timestamp() AS seen_at FROM {SOURCE}
        WHERE {build_condition()} AND (${NEXT_ARGUMENT}::uuid IS NULL OR (o.starts_at, o.offer)
              > (SELECT f.starts_at, f.offer FROM offer f WHERE f.offer = ${NEXT_ARGUMENT}))
        ORDER BY o.starts_at, o.offer LIMIT ${NEXT_ARGUMENT + 1}""",
        *wanted.arguments,
        after,
        limit,
    )
    return [_build_offer(row) for row in rows]


async def list_page(tx: Tx, wanted: OfferFilter, paging: PageRequest) -> Page[StoredOffer]:
    """A page of `list_offers`. Raises `NotFound` for a cursor that isn't one of its own."""
    [after] = paging.cursor_parts(UUID)
    found = await list_offers(tx, wanted, paging.limit + 1, after)
    return paging.build_page(found, [[offer.offer] for offer in found])


async def count_offers(tx: Tx, wanted: OfferFilter) -> int:
    """How many offers a filter leaves."""
    found: int = await tx.fetchval(
        f"SELECT count(*) FROM {SOURCE} WHERE {build_condition()}", *wanted.arguments
    )
    return found


async def read_state(tx: Tx) -> Hashable:
    """Another value after each change of what pages show of offers and their hosts; of two changes that commit at the
    same moment it may miss one."""
    row = await tx.fetchrow(
        "SELECT (SELECT max(changed_at) FROM offer), (SELECT max(sequence) FROM organisation)"
    )
    return tuple(row or ())


async def read_offer(tx: Tx, offer: UUID) -> StoredOffer:
    """One offer, draft or not. Raises `NotFound`."""
    return _require_found(await tx.fetchrow(f"{_SELECT} WHERE offer = $1", offer))


async def read_seen(tx: Tx, asker: Principal | None, offer: UUID) -> StoredOffer:
    """One offer that the asker may see: a draft is seen by its hosts alone. Raises `NotFound`."""
    stored = await read_offer(tx, offer)
    if stored.state is LifecycleState.DRAFT and (asker is None or not asker.coordinates_any(stored.hosts)):
        raise _unknown_offer()
    return stored


async def read_hosted(tx: Tx, asker: Principal, offer: UUID) -> StoredOffer:
    """One offer of which the asker coordinates a host. Raises `NotFound`."""
    return _require_hosted(asker, await read_offer(tx, offer))


async def read_by_slug(tx: Tx, slug: str) -> StoredOffer:
    """One offer that is no draft, by its slug. Raises `NotFound`."""
    storable = slug if "\0" not in slug else None
    return _require_found(await tx.fetchrow(f"{_SELECT} WHERE slug = $1 AND state <> 'draft'", storable))


async def lock_offer(tx: Tx, offer: UUID) -> StoredOffer:
    """One offer, which nobody else changes until `tx` ends. Raises `NotFound`."""
    return _require_found(await tx.fetchrow(f"{_SELECT} WHERE offer = $1 FOR UPDATE", offer))


async def lock_hosted(tx: Tx, asker: Principal, offer: UUID) -> StoredOffer:
    """The same of one of which the asker coordinates a host. Raises `NotFound`."""
    return _require_hosted(asker, await lock_offer(tx, offer))


async def read_published(tx: Tx, offer_ids: Sequence[UUID]) -> list[StoredOffer]:
    """Those of these offers that are no drafts."""
    rows = await tx.fetch(f"{_SELECT} WHERE offer = ANY($1) AND state <> 'draft' ORDER BY offer", offer_ids)
    return [_build_offer(row) for row in rows]


_SELECT = "SELECT *, clock_timestamp() AS seen_at FROM offer"


def _require_found(row: asyncpg.Record | None) -> StoredOffer:
    if row is None:
        raise _unknown_offer()
    return _build_offer(row)


def _require_hosted(asker: Principal, stored: StoredOffer) -> StoredOffer:
    if not asker.coordinates_any(stored.hosts):
        raise _unknown_offer()
    return stored


def _unknown_offer() -> NotFound:
    return NotFound("offer-unknown", "No offer is known by this.")


def _build_offer(row: asyncpg.Record) -> StoredOffer:
    values: dict[str, Any] = dict(row)
    return StoredOffer.model_validate(values)
