"""The HTTP API of offers: drafts, the list of published offers, publication and cancellation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.events.offers import drafts, lifecycle, offers
from services.events.offers.drafts import DraftedOffer, DraftOffer
from services.events.offers.lifecycle import CancelOffer
from services.events.offers.offers import StoredOffer
from services.events.offers.query import OfferFilterQuery
from services.events.offers.rules import LifecycleState
from shared.access.serving import PUBLIC, Anyone, Coordinator
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/offers", status_code=201)
async def draft_offer(
    command: DraftOffer, asker: Coordinator, work: UnitOfWorkDep, response: Response
) -> DraftedOffer:
    """Keep a draft, which only the coordinators of its hosts see until it is published."""
    work.acts_for(command.organisation)
    drafted = await work.run_once(command, lambda tx: drafts.draft_offer(tx, asker, command), DraftedOffer)
    response.headers["Location"] = f"/offers/{drafted.offer}"
    return drafted


@router.get("/offers", dependencies=[PUBLIC])
async def list_offers(
    work: UnitOfWorkDep, query: Annotated[OfferFilterQuery, Query()], paging: PageRequestDep
) -> Page[StoredOffer]:
    """Published offers by their start."""
    async with work.transaction() as tx:
        return await offers.list_page(tx, query.build_filter(None, LifecycleState.PUBLISHED), paging)


@router.get("/offers/{offer}")
async def read_offer(offer: UUID, asker: Anyone, work: UnitOfWorkDep) -> StoredOffer:
    """One offer; a draft to the coordinators of its hosts."""
    async with work.transaction() as tx:
        return await offers.read_seen(tx, asker, offer)


@router.post("/offers/{offer}/publication")
async def publish_offer(offer: UUID, asker: Coordinator, work: UnitOfWorkDep) -> StoredOffer:
    """Let all see a draft. A repeat changes nothing."""
    async with work.transaction() as tx:
        published = await lifecycle.publish_offer(tx, asker, offer)
        work.acts_for(published.organisation)
    return published


@router.post("/offers/{offer}/cancellation")
async def cancel_offer(
    offer: UUID, command: CancelOffer, asker: Coordinator, work: UnitOfWorkDep
) -> StoredOffer:
    """Call a published offer off. A repeat changes nothing."""
    async with work.transaction() as tx:
        cancelled = await lifecycle.cancel_offer(tx, asker, offer, command)
        work.acts_for(cancelled.organisation)
    return cancelled
