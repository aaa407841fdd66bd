"""The HTTP door of events: offers, registrations, figures."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from services.events.offers import drafts, lifecycle, offers
from services.events.offers.drafts import Draft, Drafted
from services.events.offers.lifecycle import Cancel
from services.events.offers.offers import Filter, Listing
from services.events.registrations import registrations, waiting_list
from services.events.registrations.registrations import Place, Register
from services.events.registrations.waiting_list import SetPlaces
from services.events.statistics import counts
from services.events.statistics.counts import Figures
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


@router.put("/offers/{offer}/places")
async def set_places(offer: UUID, command: SetPlaces, work: UnitOfWorkDep) -> Listing:
    """Change the number of places; with more of them those who wait move up."""
    async with work.transaction() as tx:
        return await waiting_list.set_places(tx, offer, command)


@router.post("/offers/{offer}/registrations", status_code=201)
async def register(offer: UUID, command: Register, work: UnitOfWorkDep, response: Response) -> Place:
    """Give a member a place, or one on the waiting list."""
    place = await work.run_once(lambda tx: registrations.register(tx, offer, command), Place)
    response.headers["Location"] = f"/registrations/{place.registration}"
    return place


@router.get("/offers/{offer}/registrations")
async def list_registrations(offer: UUID, work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Place]:
    """The registrations of an offer in the order in which they came, without persons."""
    async with work.transaction() as tx:
        return await registrations.page(tx, offer, paging)


@router.get("/registrations/{registration}")
async def read_registration(registration: UUID, work: UnitOfWorkDep) -> Place:
    """Where one registration stands."""
    async with work.transaction() as tx:
        return await registrations.read(tx, registration)


@router.delete("/registrations/{registration}")
async def withdraw(registration: UUID, work: UnitOfWorkDep) -> Place:
    """Give a registration back; whoever waits longest moves up at once."""
    async with work.transaction() as tx:
        return await registrations.withdraw(tx, registration)


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Offers and registrations by state, without persons."""
    async with work.transaction() as tx:
        return await counts.figures(tx)
