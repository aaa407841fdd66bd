"""Mentorships: the requester agrees to one, and the requester, the adviser or the desk ends it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.matching.desks import desks
from services.matching.requests import announcements, requests
from services.matching.requests.requests import RequestStatus
from shared.contracts.matching import RequestState
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class AgreeToMentorship(Command):
    """The requester's own yes."""

    member: UUID


class EndMentorship(Command):
    """Who ends it: the requester, the adviser, or someone at the desk."""

    member: UUID


async def agree_to_mentorship(tx: Tx, request: UUID, command: AgreeToMentorship) -> RequestStatus:
    """The requester takes the adviser who accepted; `MentorshipAgreed` is published. A repeat changes nothing.

    Raises `NotFound` and `Refused`.
    """
    row = await requests.lock_request(tx, request)
    if row["requester"] != command.member:
        raise Refused("not-the-requester", "Only the one who asked can agree.")
    if row["state"] not in (RequestState.ACCEPTED, RequestState.AGREED):
        raise Refused("not-accepted", "No adviser has accepted, or it has ended.")
    if row["state"] == RequestState.ACCEPTED:
        await tx.execute("UPDATE request SET state = 'agreed', agreed_at = now() WHERE request = $1", request)
        await announcements.announce_changes(tx, {request: "MentorshipAgreed"})
    return RequestStatus(request=request, state=RequestState.AGREED)


async def end_mentorship(tx: Tx, request: UUID, command: EndMentorship) -> RequestStatus:
    """End a request or a mentorship; the adviser has capacity again, open proposals are withdrawn.

    `MentorshipEnded` is published; a repeat changes nothing. Raises `NotFound` and `Refused`.
    """
    row = await requests.lock_request(tx, request)
    await _require_participant(tx, row, command.member)
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
    if not await desks.is_at_desk(tx, request["desk"], member):
        raise Refused("not-in-it", "Only the requester, the adviser or the desk can end it.")
