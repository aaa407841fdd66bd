"""The HTTP API of offers: drafts, the list of published offers, publication and cancellation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.events.offers import drafts, lifecycle, offers
from services.events.offers.drafts import Draft, Drafted
from services.events.offers.lifecycle import Cancel
from services.events.offers.offers import Listing
from services.events.offers.query import OfferFilterQuery
from services.events.offers.rules import State
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/offers", status_code=201)
async def draft_offer(command: Draft, work: UnitOfWorkDep, response: Response) -> Drafted:
    """Keep a draft, which nobody else sees until it is published."""
    drafted = await work.run_once(lambda tx: drafts.draft(tx, command), Drafted)
    response.headers["Location"] = f"/offers/{drafted.offer}"
    return drafted


@router.get("/offers")
async def list_offers(
    work: UnitOfWorkDep, query: Annotated[OfferFilterQuery, Query()], paging: PageRequestDep
) -> Page[Listing]:
    """Published offers by their start."""
    async with work.transaction() as tx:
        return await offers.page(tx, query.build_filter(None, State.PUBLISHED), paging)


@router.get("/offers/{offer}")
async def read_offer(offer: UUID, work: UnitOfWorkDep) -> Listing:
    """One offer, draft or not."""
    async with work.transaction() as tx:
        return await offers.read(tx, offer)


@router.post("/offers/{offer}/publication")
async def publish_offer(offer: UUID, work: UnitOfWorkDep) -> Listing:
    """Let all see a draft. A repeat changes nothing."""
    async with work.transaction() as tx:
        return await lifecycle.publish(tx, offer)


@router.post("/offers/{offer}/cancellation")
async def cancel_offer(offer: UUID, command: Cancel, work: UnitOfWorkDep) -> Listing:
    """Call a published offer off. A repeat changes nothing."""
    async with work.transaction() as tx:
        return await lifecycle.cancel(tx, offer, command)
