"""The HTTP API of registrations: registering, withdrawing, and how many places an offer has."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.events.offers.offers import Listing
from services.events.registrations import capacity, registrations
from services.events.registrations.capacity import SetPlaces
from services.events.registrations.registrations import Place, Register
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.put("/offers/{offer}/places")
async def set_places(offer: UUID, command: SetPlaces, work: UnitOfWorkDep) -> Listing:
    """Change the number of places; with more of them those who wait move up."""
    async with work.transaction() as tx:
        return await capacity.set_places(tx, offer, command)


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
