"""Taking: a contact person says to the colleagues that they look for an adviser for a request."""

from uuid import UUID

from services.matching.requests import announcements, requests, seats
from services.matching.requests.requests import RequestStatus
from shared.access.principal import Principal
from shared.contracts.matching import RequestState
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx


async def take_request(tx: Tx, asker: Principal, request: UUID) -> RequestStatus:
    """Have the asker be the contact person of a request at their desk, also in place of a colleague; it is published.

    A repeat changes nothing. Raises `NotFound`, for a request at another desk too, and `Refused` if it isn't open.
    """
    row = await seats.lock_at_desk(tx, asker, request)
    if row["state"] not in requests.OPEN_STATES:
        raise Refused("request-closed", "No adviser is looked for any more.")
    if row["contact"] != asker.member:
        await tx.execute("UPDATE request SET contact = $2 WHERE request = $1", request, asker.member)
        await announcements.announce_changes(tx, {request: announcements.TYPE_OF_STATE[row["state"]]})
    return RequestStatus(request=request, state=RequestState(row["state"]))
