"""Proposals: a contact person proposes an adviser, who accepts or declines."""

from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.matching.advisers import advisers
from services.matching.desks import desks
from services.matching.proposals import rules
from services.matching.ranking import candidates
from services.matching.replicas import members
from services.matching.requests import announcements, requests
from services.matching.requests.requests import Standing
from shared.contracts.matching import ProposalState, RequestState
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph

MOST = 50


class Propose(Command):
    """Who proposes whom."""

    contact: UUID
    adviser: UUID


class Proposed(Contract):
    """The new proposal."""

    proposal: UUID


class Accept(Command):
    """The adviser's own yes."""

    member: UUID


class Refuse(Command):
    """The adviser's own no; the reason is for the desk."""

    member: UUID
    reason: Paragraph


async def propose(tx: Tx, request: UUID, command: Propose) -> Proposed:
    """Ask an adviser; score and reasons are kept with the proposal, `AdviserProposed` goes out.

    Raises `NotFound`, and `Refused` if the request isn't open, the contact isn't at its desk, or the adviser isn't
    a candidate.
    """
    await members.hold(tx, [command.contact, command.adviser])
    row = await requests.locked(tx, request)
    await _require_desk(tx, row, command.contact)
    candidate = await candidates.assess(tx, row, command.adviser)
    proposal = uuid7()
    await tx.execute(
        "INSERT INTO proposal (proposal, request, adviser, contact, score, reasons)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        proposal,
        request,
        command.adviser,
        command.contact,
        candidate.score,
        [reason.model_dump() for reason in candidate.reasons],
    )
    await tx.execute(
        "UPDATE request SET state = 'proposed', contact = $2 WHERE request = $1", request, command.contact
    )
    await announcements.announce(tx, {request: "AdviserProposed"})
    return Proposed(proposal=proposal)


async def accept(tx: Tx, proposal: UUID, command: Accept) -> Standing:
    """The adviser takes the request on, if a place is left; the request's other open proposals are withdrawn.

    `ProposalAccepted` goes out; a repeat changes nothing. Raises `NotFound` and `Refused`.
    """
    request, own = await _locked(tx, proposal, command.member)
    standing = Standing(request=request["request"], state=request["state"])
    if own["state"] == ProposalState.ACCEPTED:
        return standing
    if own["state"] != ProposalState.PROPOSED or request["state"] != RequestState.PROPOSED:
        raise Refused("proposal-closed", "The proposal is no longer open.")
    await advisers.require_place(tx, command.member)
    await tx.execute(
        "UPDATE proposal SET state = CASE WHEN proposal = $2 THEN 'accepted' ELSE 'withdrawn' END"
        " WHERE request = $1 AND state = 'proposed'",
        standing.request,
        proposal,
    )
    await tx.execute(
        "UPDATE request SET state = 'accepted', adviser = $2 WHERE request = $1",
        standing.request,
        command.member,
    )
    await announcements.announce(tx, {standing.request: "ProposalAccepted"})
    return Standing(request=standing.request, state=RequestState.ACCEPTED)


async def refuse(tx: Tx, proposal: UUID, command: Refuse) -> Standing:
    """The adviser declines, or steps back before the requester agreed; `MentorshipReopened` goes out.

    A repeat changes nothing. Raises `NotFound` and `Refused`.
    """
    request, own = await _locked(tx, proposal, command.member)
    standing = Standing(request=request["request"], state=request["state"])
    if own["state"] == ProposalState.DECLINED:
        return standing
    answerable = {
        RequestState.PROPOSED: ProposalState.PROPOSED,
        RequestState.ACCEPTED: ProposalState.ACCEPTED,
    }
    if answerable.get(standing.state) != own["state"]:
        raise Refused("proposal-closed", "The proposal is no longer open.")
    await tx.execute(
        "UPDATE proposal SET state = 'declined', refusal = $2 WHERE proposal = $1", proposal, command.reason
    )
    state = await lose(tx, request, command.member)
    await announcements.announce(tx, {standing.request: "MentorshipReopened"})
    return Standing(request=standing.request, state=state)


async def lose(tx: Tx, request: asyncpg.Record, adviser: UUID) -> RequestState:
    """Put the locked request where it stands without this adviser, whose proposal is closed or gone already."""
    left = await tx.fetchval(
        "SELECT count(*) FROM proposal WHERE request = $1 AND state = 'proposed'", request["request"]
    )
    advised = request["adviser"] == adviser
    state = RequestState(rules.state_without(request["state"], advised=advised, proposals_left=left))
    await tx.execute(
        "UPDATE request SET state = $2, adviser = CASE WHEN $3 THEN NULL ELSE adviser END WHERE request = $1",
        request["request"],
        state,
        advised,
    )
    return state


async def _require_desk(tx: Tx, request: asyncpg.Record, contact: UUID) -> None:
    if request["state"] not in requests.OPEN:
        raise Refused("request-closed", "No adviser is looked for any more.")
    if not await desks.is_staff(tx, request["desk"], contact):
        raise Refused("not-at-the-desk", "The contact person doesn't sit at the desk of this request.")
    asked = await tx.fetchval("SELECT count(*) FROM proposal WHERE request = $1", request["request"])
    if asked >= MOST:
        raise Refused("too-many-proposals", f"For one request at most {MOST} proposals are made.")


async def _locked(tx: Tx, proposal: UUID, member: UUID) -> tuple[asyncpg.Record, asyncpg.Record]:
    """The proposal's request, locked, then the proposal. Raises `NotFound`, `Refused` for anyone else's."""
    request = await tx.fetchval("SELECT request FROM proposal WHERE proposal = $1", proposal)
    row = await requests.locked(tx, request) if request else None
    own = await tx.fetchrow("SELECT * FROM proposal WHERE proposal = $1", proposal)
    if row is None or own is None:
        raise NotFound("proposal-unknown", "No proposal has this id.")
    if own["adviser"] != member:
        raise Refused("not-the-adviser", "Only the adviser who was asked can answer.")
    return row, own
