"""Mentorships: the requester agrees to one, and the requester, the adviser or the desk ends it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.matching.requests import announcements, requests, seats
from services.matching.requests.requests import RequestStatus
from shared.access.principal import Principal
from shared.contracts.matching import RequestState
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx


async def agree_to_mentorship(tx: Tx, asker: Principal, request: UUID) -> RequestStatus:
    """The requester takes the adviser who accepted; `MentorshipAgreed` is published. A repeat changes nothing.

    Raises `NotFound`, for anybody else's request too, and `Refused`.
    """
    row = await requests.lock_request(tx, request)
    if row["requester"] != asker.require_member():
        raise requests.unknown_request()
    if row["state"] not in (RequestState.ACCEPTED, RequestState.AGREED):
        raise Refused("not-accepted", "No adviser has accepted, or it has ended.")
    if row["state"] == RequestState.ACCEPTED:
        await tx.execute("UPDATE request SET state = 'agreed', agreed_at = now() WHERE request = $1", request)
        await announcements.announce_changes(tx, {request: "MentorshipAgreed"})
    return RequestStatus(request=request, state=RequestState.AGREED)


async def end_mentorship(tx: Tx, asker: Principal, request: UUID) -> RequestStatus:
    """End a request or a mentorship; the adviser has capacity again, open proposals are withdrawn.

    `MentorshipEnded` is published; a repeat changes nothing. Raises `NotFound` unless the asker is the requester, the
    adviser, or at the desk.
    """
    row = await requests.lock_request(tx, request)
    await _require_participant(tx, row, asker.require_member())
    if row["state"] != RequestState.ENDED:
        await tx.execute(
            "UPDATE proposal SET state = 'withdrawn' WHERE request = $1 AND state = 'proposed'", request
        )
        await tx.execute("UPDATE request SET state = 'ended' WHERE request = $1", request)
        await announcements.announce_changes(tx, {request: "MentorshipEnded"})
    return RequestStatus(request=request, state=RequestState.ENDED)


async def _require_participant(tx: Tx, request: Mapping[str, Any], member: UUID) -> None:
    if member in (request["requester"], request["adviser"]):
        return
    if not await seats.is_at_desk(tx, request["desk"], member):
        raise requests.unknown_request()
