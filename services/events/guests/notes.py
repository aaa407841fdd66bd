"""Notes on registrations, which the hosts of an offer write for each other."""

from uuid import UUID

from pydantic import ConfigDict

from services.events.registrations.registrations import POSITION, HostedRegistration, unknown_registration
from shared.access.principal import Principal
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph

_READ = f"""
SELECT registration, member, r.state, {POSITION} AS position, note, organisation, co_hosts
FROM registration r JOIN offer o USING (offer) WHERE registration = $1 AND ($2::uuid IS NULL OR offer = $2)"""


class WriteNote(Command):
    """What the hosts keep in mind; nothing: no note."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Comes by train at noon."}]})

    note: Paragraph = ""


async def read_noted(
    tx: Tx, asker: Principal, registration: UUID, offer: UUID | None = None
) -> HostedRegistration:
    """A registration with its note, for `offer` if one is named. Raises `NotFound` unless the asker hosts the offer."""
    row = await tx.fetchrow(_READ, registration, offer)
    if row is None or not asker.coordinates_any([row["organisation"], *row["co_hosts"]]):
        raise unknown_registration()
    return HostedRegistration.model_validate(dict(row))


async def write_note(tx: Tx, asker: Principal, registration: UUID, command: WriteNote) -> HostedRegistration:
    """Write the note anew; nothing goes out. Raises `NotFound` unless the asker hosts the offer."""
    found = await read_noted(tx, asker, registration)
    await tx.execute("UPDATE registration SET note = $2 WHERE registration = $1", registration, command.note)
    return found.model_copy(update={"note": command.note})
