"""The HTTP API of registrations: registering, withdrawing, and how many seats an offer has."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.events.offers.offers import StoredOffer
from services.events.registrations import capacity, registrations
from services.events.registrations.capacity import SetCapacity
from services.events.registrations.registrations import HostedRegistration, Register, RegistrationStatus
from shared.access.principal import Principal
from shared.access.serving import Coordinator, MemberOrCoordinator
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep

router = APIRouter()


@router.put("/offers/{offer}/places")
async def set_capacity(
    offer: UUID, command: SetCapacity, asker: Coordinator, work: UnitOfWorkDep
) -> StoredOffer:
    """Change the number of seats; with more of them those who wait move up."""
    async with work.transaction() as tx:
        changed = await capacity.set_capacity(tx, asker, offer, command)
        work.acts_for(changed.organisation)
    return changed


@router.post("/offers/{offer}/registrations", status_code=201)
async def register_member(
    offer: UUID, command: Register, asker: MemberOrCoordinator, work: UnitOfWorkDep, response: Response
) -> RegistrationStatus:
    """Give the asker a seat, or a position on the waiting list; or a member whom a coordinator of a host names."""

    async def register(tx: Tx) -> RegistrationStatus:
        registered = await registrations.register_member(tx, asker, offer, command)
        await _name_host(tx, asker, registered, work)
        return registered

    status = await work.run_once(command, register, RegistrationStatus)
    response.headers["Location"] = f"/registrations/{status.registration}"
    return status


@router.get("/offers/{offer}/registrations")
async def list_registrations(
    offer: UUID, asker: Coordinator, work: UnitOfWorkDep, paging: PageRequestDep
) -> Page[HostedRegistration]:
    """The registrations of an offer in the order in which they came, with the members' ids and the hosts' notes."""
    async with work.transaction() as tx:
        return await registrations.list_registrations(tx, asker, offer, paging)


@router.get("/registrations/{registration}")
async def read_registration(
    registration: UUID, asker: MemberOrCoordinator, work: UnitOfWorkDep
) -> RegistrationStatus:
    """Where one registration stands."""
    async with work.transaction() as tx:
        return await registrations.read_registration(tx, asker, registration)


@router.delete("/registrations/{registration}")
async def withdraw_registration(
    registration: UUID, asker: MemberOrCoordinator, work: UnitOfWorkDep
) -> RegistrationStatus:
    """Give a registration back; whoever waits longest moves up at once."""
    async with work.transaction() as tx:
        withdrawn = await registrations.withdraw_registration(tx, asker, registration)
        await _name_host(tx, asker, withdrawn, work)
    return withdrawn


async def _name_host(tx: Tx, asker: Principal, status: RegistrationStatus, work: UnitOfWork) -> None:
    """What is done for somebody else is in the audit of the organisation whose offer it is."""
    if status.member != asker.member:
        work.acts_for(await registrations.read_organisation(tx, status.registration), status.member)
