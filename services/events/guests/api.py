"""The HTTP API of notes on registrations."""

from uuid import UUID

from fastapi import APIRouter

from services.events.guests import notes
from services.events.guests.notes import WriteNote
from services.events.registrations import registrations
from services.events.registrations.registrations import HostedRegistration
from shared.access.serving import Coordinator
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.put("/registrations/{registration}/note")
async def write_note(
    registration: UUID, command: WriteNote, asker: Coordinator, work: UnitOfWorkDep
) -> HostedRegistration:
    """Write down what the hosts of the offer, and nobody else, see of a registration."""
    async with work.transaction() as tx:
        noted = await notes.write_note(tx, asker, registration, command)
        work.acts_for(await registrations.read_organisation(tx, registration), noted.member)
    return noted
