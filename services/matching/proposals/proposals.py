"""Proposals: a contact person proposes an adviser, who accepts or declines."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.matching.advisers import availability
from services.matching.ranking import candidates
from services.matching.ranking.candidates import Candidate
from services.matching.replicas import members
from services.matching.requests import announcements, requests, rules, seats
from services.matching.requests.requests import RequestStatus
from shared.access.principal import Principal
from shared.contracts.matching import ProposalState, RequestState
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph

MAX_PROPOSALS = 50


class ProposeAdviser(Command):
    """Who is proposed."""

    adviser: UUID


class CreatedProposal(Contract):
    """The new proposal."""

    proposal: UUID


class DeclineProposal(Command):
    """The adviser's own no; the reason is for the desk."""

    reason: Paragraph


async def propose_adviser(
    tx: Tx, asker: Principal, request: UUID, command: ProposeAdviser
) -> CreatedProposal:
    """Ask an adviser; score and reasons are kept with the proposal, `AdviserProposed` is published.

    Raises `NotFound`, for a request at another desk too, and `Refused` if it isn't open, or the adviser isn't a
    candidate.
    """
    contact = asker.require_member()
    await members.lock_members(tx, [contact, command.adviser])
    row = await seats.lock_at_desk(tx, asker, request)
    await _require_open(tx, row)
    await availability.note_asked(tx, command.adviser)
    candidate = await candidates.require_candidate(tx, row, command.adviser)
    proposal = await _insert_proposal(tx, request, contact, candidate)
    await tx.execute(
        "UPDATE request SET state = 'proposed', contact = $2 WHERE request = $1", request, contact
    )
    await announcements.announce_changes(tx, {request: "AdviserProposed"})
    return CreatedProposal(proposal=proposal)


async def accept_proposal(tx: Tx, asker: Principal, proposal: UUID) -> RequestStatus:
    """The adviser takes the request on, within the capacity; the request's other open proposals are withdrawn.

    `ProposalAccepted` is published; a repeat changes nothing. Raises `NotFound`, for anybody else's proposal too, and
    `Refused`.
    """
    request, own = await _lock_own(tx, asker, proposal)
    status = RequestStatus(request=request["request"], state=request["state"])
    if own["state"] == ProposalState.ACCEPTED:
        return status
    if own["state"] != ProposalState.PROPOSED or request["state"] != RequestState.PROPOSED:
        raise Refused("proposal-closed", "The proposal is no longer open.")
    await availability.take_place(tx, own["adviser"])
    await _assign_adviser(tx, status.request, proposal, own["adviser"])
    await announcements.announce_changes(tx, {status.request: "ProposalAccepted"})
    return RequestStatus(request=status.request, state=RequestState.ACCEPTED)


async def decline_proposal(
    tx: Tx, asker: Principal, proposal: UUID, command: DeclineProposal
) -> RequestStatus:
    """The adviser declines, or steps back before the requester agreed; `MentorshipReopened` is published.

    A repeat changes nothing. Raises `NotFound`, for anybody else's proposal too, and `Refused`.
    """
    request, own = await _lock_own(tx, asker, proposal)
    status = RequestStatus(request=request["request"], state=request["state"])
    if own["state"] == ProposalState.DECLINED:
        return status
    answerable = {
        RequestState.PROPOSED: ProposalState.PROPOSED,
        RequestState.ACCEPTED: ProposalState.ACCEPTED,
    }
    if answerable.get(status.state) != own["state"]:
        raise Refused("proposal-closed", "The proposal is no longer open.")
    await tx.execute(
        "UPDATE proposal SET state = 'declined', refusal = $2 WHERE proposal = $1", proposal, command.reason
    )
    state = await remove_adviser(tx, request, own["adviser"])
    await announcements.announce_changes(tx, {status.request: "MentorshipReopened"})
    return RequestStatus(request=status.request, state=state)


def unknown_proposal() -> NotFound:
    """There is none of this id for whoever asks."""
    return NotFound("proposal-unknown", "No proposal has this id.")


async def remove_adviser(tx: Tx, request: Mapping[str, Any] | asyncpg.Record, adviser: UUID) -> RequestState:
    """Give the locked request the state it has without this adviser, whose proposal is closed or gone already."""
    left = await tx.fetchval(
        "SELECT count(*) FROM proposal WHERE request = $1 AND state = 'proposed'", request["request"]
    )
    advised = request["adviser"] == adviser
    state = RequestState(rules.state_without_adviser(request["state"], advised=advised, proposals_left=left))
    await tx.execute(
        "UPDATE request SET state = $2, adviser = CASE WHEN $3 THEN NULL ELSE adviser END WHERE request = $1",
        request["request"],
        state,
        advised,
    )
    return state


async def _require_open(tx: Tx, request: Mapping[str, Any]) -> None:
    if request["state"] not in requests.OPEN_STATES:
        raise Refused("request-closed", "No adviser is looked for any more.")
    asked = await tx.fetchval("SELECT count(*) FROM proposal WHERE request = $1", request["request"])
    if asked >= MAX_PROPOSALS:
        raise Refused("too-many-proposals", f"For one request at most {MAX_PROPOSALS} proposals are made.")


async def _insert_proposal(tx: Tx, request: UUID, contact: UUID, candidate: Candidate) -> UUID:
    proposal = uuid7()
    await tx.execute(
        "INSERT INTO proposal (proposal, request, adviser, contact, score, reasons)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        proposal,
        request,
        candidate.adviser,
        contact,
        candidate.score,
        [reason.model_dump() for reason in candidate.reasons],
    )
    return proposal


async def _assign_adviser(tx: Tx, request: UUID, proposal: UUID, adviser: UUID) -> None:
    await tx.execute(
        "UPDATE proposal SET state = CASE WHEN proposal = $2 THEN 'accepted' ELSE 'withdrawn' END"
        " WHERE request = $1 AND state = 'proposed'",
        request,
        proposal,
    )
    await tx.execute(
        "UPDATE request SET state = 'accepted', adviser = $2 WHERE request = $1", request, adviser
    )


async def _lock_own(tx: Tx, asker: Principal, proposal: UUID) -> tuple[Mapping[str, Any], asyncpg.Record]:
    """The request, locked, of a proposal that is made to the asker, and the proposal. Raises `NotFound`."""
    member = asker.require_member()
    request = await tx.fetchval("SELECT request FROM proposal WHERE proposal = $1", proposal)
    row = await requests.lock_request(tx, request) if request else None
    own = await tx.fetchrow("SELECT * FROM proposal WHERE proposal = $1", proposal)
    if row is None or own is None or own["adviser"] != member:
        raise unknown_proposal()
    return row, own
