"""Offers as they are stored, drafts too: one of them, or those that a filter leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.events.offers.offer_filter import FIRST_FREE, SOURCE, Filter, conditions
from services.events.offers.rules import Standing, State
from shared.contracts.events import Mode, Occurrence, Offer
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class Listing(Contract):
    """One offer with all that is known of it. Occurrences are in local time of `timezone`.

    `seen_at` is the database's time of reading; `version` counts what was published.
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
    state: State
    cancel_reason: str | None
    places: int | None
    waiting_list: bool
    registered: int
    waiting: int
    version: int
    changed_at: datetime
    seen_at: datetime

    @property
    def standing(self) -> Standing:
        """What decides about a place."""
        return Standing(
            state=self.state,
            ends_at=self.ends_at,
            registration_closes=self.registration_closes,
            places=self.places,
            waiting_list=self.waiting_list,
            registered=self.registered,
            waiting=self.waiting,
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The organisation responsible, then its co-hosts."""
        return (self.organisation, *self.co_hosts)

    @property
    def places_left(self) -> int | None:
        """Places nobody holds; None if it is open to all."""
        return None if self.places is None else self.places - self.registered

    def public(self) -> Offer:
        """What the world may know. Raises pydantic's ValidationError for a draft."""
        return Offer.model_validate(self.model_dump())


async def listed(tx: Tx, wanted: Filter, limit: int, after: UUID | None = None) -> list[Listing]:
    """Up to `limit` offers by start, behind the offer `after`. Drafts never."""
    rows = await tx.fetch(
        f"""
        SELECT o.*, clock_timestamp() AS seen_at FROM {SOURCE}
        WHERE {conditions()} AND (${FIRST_FREE}::uuid IS NULL OR (o.starts_at, o.offer)
              > (SELECT f.starts_at, f.offer FROM offer f WHERE f.offer = ${FIRST_FREE}))
        ORDER BY o.starts_at, o.offer LIMIT ${FIRST_FREE + 1}""",
        *wanted.arguments,
        after,
        limit,
    )
    return [_listing(row) for row in rows]


async def page(tx: Tx, wanted: Filter, paging: PageRequest) -> Page[Listing]:
    """A page of `listed`. Raises `NotFound` for a cursor that isn't one of its own."""
    [after] = paging.cursor_parts(UUID)
    found = await listed(tx, wanted, paging.limit + 1, after)
    return paging.build_page(found, [[listing.offer] for listing in found])


async def counted(tx: Tx, wanted: Filter) -> int:
    """How many offers a filter leaves."""
    found: int = await tx.fetchval(f"SELECT count(*) FROM {SOURCE} WHERE {conditions()}", *wanted.arguments)
    return found


async def read(tx: Tx, offer: UUID) -> Listing:
    """One offer, draft or not. Raises `NotFound`."""
    return _one(await tx.fetchrow(f"{_SELECT} WHERE offer = $1", offer))


async def by_slug(tx: Tx, slug: str) -> Listing:
    """One offer that is no draft, by its slug. Raises `NotFound`."""
    storable = slug if "\0" not in slug else None
    return _one(await tx.fetchrow(f"{_SELECT} WHERE slug = $1 AND state <> 'draft'", storable))


async def locked(tx: Tx, offer: UUID) -> Listing:
    """One offer, which nobody else changes until `tx` ends. Raises `NotFound`."""
    return _one(await tx.fetchrow(f"{_SELECT} WHERE offer = $1 FOR UPDATE", offer))


async def published(tx: Tx, wanted: Sequence[UUID]) -> list[Listing]:
    """Those of these offers that are as they were published last: no drafts, and no counts that wait."""
    rows = await tx.fetch(
        f"{_SELECT} WHERE offer = ANY($1) AND state <> 'draft'"
        " AND offer NOT IN (SELECT offer FROM count_change) ORDER BY offer",
        wanted,
    )
    return [_listing(row) for row in rows]


_SELECT = "SELECT *, clock_timestamp() AS seen_at FROM offer"


def _one(row: asyncpg.Record | None) -> Listing:
    if row is None:
        raise NotFound("offer-unknown", "No offer is known by this.")
    return _listing(row)


def _listing(row: asyncpg.Record) -> Listing:
    values: dict[str, Any] = dict(row)
    return Listing.model_validate(values)
