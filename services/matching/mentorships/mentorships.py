"""Mentorships: the requester agrees, and at some time one of those in it ends it."""

from uuid import UUID

import asyncpg

from services.matching.desks import desks
from services.matching.requests import announcements, requests
from services.matching.requests.requests import Standing
from shared.contracts.matching import RequestState
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class Agree(Command):
    """The requester's own yes."""

    member: UUID


class End(Command):
    """Who ends it: the requester, the adviser, or someone at the desk."""

    member: UUID


async def agree(tx: Tx, request: UUID, command: Agree) -> Standing:
    """The requester takes the adviser who accepted; `MentorshipAgreed` goes out. A repeat changes nothing.

    Raises `NotFound` and `Refused`.
    """
    row = await requests.locked(tx, request)
    if row["requester"] != command.member:
        raise Refused("not-the-requester", "Only the one who asked can agree.")
    if row["state"] not in (RequestState.ACCEPTED, RequestState.AGREED):
        raise Refused("not-accepted", "No adviser has accepted, or it has ended.")
    if row["state"] == RequestState.ACCEPTED:
        await tx.execute("UPDATE request SET state = 'agreed', agreed_at = now() WHERE request = $1", request)
        await announcements.announce(tx, {request: "MentorshipAgreed"})
    return Standing(request=request, state=RequestState.AGREED)


async def end(tx: Tx, request: UUID, command: End) -> Standing:
    """End a request or a mentorship; the adviser's place is free again, open proposals are withdrawn.

    `MentorshipEnded` goes out; a repeat changes nothing. Raises `NotFound` and `Refused`.
    """
    row = await requests.locked(tx, request)
    await _require_part(tx, row, command.member)
    if row["state"] != RequestState.ENDED:
        await tx.execute(
            "UPDATE proposal SET state = 'withdrawn' WHERE request = $1 AND state = 'proposed'", request
        )
        await tx.execute("UPDATE request SET state = 'ended' WHERE request = $1", request)
        await announcements.announce(tx, {request: "MentorshipEnded"})
    return Standing(request=request, state=RequestState.ENDED)


async def _require_part(tx: Tx, request: asyncpg.Record, member: UUID) -> None:
    if member in (request["requester"], request["adviser"]):
        return
    if not await desks.is_staff(tx, request["desk"], member):
        raise Refused("not-in-it", "Only the requester, the adviser or the desk can end it.")
