"""The HTTP API of offers: drafts, the list of published offers, publication and cancellation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from services.events.offers import drafts, lifecycle, offers
from services.events.offers.drafts import Draft, Drafted
from services.events.offers.lifecycle import Cancel
from services.events.offers.offer_filter import Filter
from services.events.offers.offers import Listing
from shared.contracts.events import Mode
from shared.contracts.model import Country, Language, Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Some = Query(max_length=50)


def _filter(
    organisation: Annotated[list[Slug], Some] = [],  # noqa: B006 - FastAPI never changes a default
    country: Annotated[list[Country], Some] = [],  # noqa: B006
    region: Annotated[list[Slug], Some] = [],  # noqa: B006
    theme: Annotated[list[Slug], Some] = [],  # noqa: B006
    month: Annotated[list[Month], Some] = [],  # noqa: B006
    kind: Annotated[list[Slug], Some] = [],  # noqa: B006
    mode: Annotated[list[Mode], Some] = [],  # noqa: B006
    language: Annotated[list[Language], Some] = [],  # noqa: B006
    q: Annotated[str, Query(max_length=200)] = "",
    places_left: bool = False,
) -> Filter:
    """OR within a group, AND between groups."""
    return Filter(
        organisation=tuple(organisation),
        country=tuple(country),
        region=tuple(region),
        theme=tuple(theme),
        month=tuple(month),
        kind=tuple(kind),
        mode=tuple(mode),
        language=tuple(language),
        q=q,
        places_left=places_left,
    )


@router.post("/offers", status_code=201)
async def draft_offer(command: Draft, work: UnitOfWorkDep, response: Response) -> Drafted:
    """Keep a draft, which nobody else sees until it is published."""
    drafted = await work.run_once(lambda tx: drafts.draft(tx, command), Drafted)
    response.headers["Location"] = f"/offers/{drafted.offer}"
    return drafted


@router.get("/offers")
async def list_offers(
    work: UnitOfWorkDep, wanted: Annotated[Filter, Depends(_filter)], paging: PageRequestDep
) -> Page[Listing]:
    """Published offers by their start."""
    async with work.transaction() as tx:
        return await offers.page(tx, wanted, paging)


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
