"""Requests: a member asks for an adviser on a region; its desk looks for one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ConfigDict, Field
from uuid_utils.compat import uuid7

from services.matching import regions
from services.matching.replicas import members
from services.matching.requests import announcements, departures, routing
from shared.contracts import vocabulary
from shared.contracts.matching import Criterion, Lapse, ProposalState, RequestState
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph
from shared.runtime.paging import Page, PageRequest

OPEN_STATES = frozenset({RequestState.REQUESTED, RequestState.PROPOSED})


class RequestMentorship(Command):
    """What a member wants to know. Without languages, those of the member."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member": "0198f3c2-7a1e-7d40-9c55-2b6f0e4d8a13",
                    "region": "germany",
                    "themes": ["market-entry", "trade"],
                    "languages": ["de", "en"],
                    "question": "Who can tell us how to find partners for measuring instruments?",
                }
            ]
        }
    )

    member: UUID
    region: Slug
    themes: list[Slug] = Field(default=[], max_length=20)
    languages: list[Language] = Field(default=[], max_length=20)
    question: Paragraph


class CreatedRequest(Contract):
    """The new request."""

    request: UUID


class RequestStatus(Contract):
    """The state of a request after a command."""

    request: UUID
    state: RequestState


class RequestSummary(Contract):
    """A request in a desk's list. `desk` is the region whose desk answers."""

    request: UUID
    requester: UUID | None
    region: Slug
    desk: Slug
    themes: tuple[Slug, ...]
    languages: tuple[Language, ...]
    from_country: Country
    to_country: Country | None
    state: RequestState
    contact: UUID | None
    adviser: UUID | None
    asked_at: datetime
    changed_at: datetime


class ProposalDetails(Contract):
    """A proposal as the desk sees it; `refusal` is what the adviser said on declining, `lapse` why it was withdrawn
    without an answer."""

    proposal: UUID
    adviser: UUID
    contact: UUID | None
    score: int
    reasons: tuple[Criterion, ...]
    state: ProposalState
    refusal: str | None
    lapse: Lapse | None
    proposed_at: datetime


class RequestDetails(RequestSummary):
    """A request with its question and its proposals, for the desk; the question goes nowhere else."""

    question: str | None
    contacts: tuple[UUID, ...]
    proposals: tuple[ProposalDetails, ...]


async def request_mentorship(tx: Tx, command: RequestMentorship) -> CreatedRequest:
    """Make a request and route it to the region's desk; `MentorshipRequested` is published.

    Raises `NotFound` for an unknown member or region, `Refused` for themes and languages outside the vocabulary,
    if no desk answers for the region, and if the member's country isn't known.
    """
    to_country = regions.country_of(command.region)
    _require_vocabulary(command)
    requester = await _lock_requester(tx, command.member)
    desk = await routing.require_desk(tx, command.region)
    request = uuid7()
    await tx.execute(
        "INSERT INTO request (request, requester, region, desk, themes, languages, question, from_country,"
        " to_country, contacts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        request,
        command.member,
        command.region,
        desk.region,
        list(dict.fromkeys(command.themes)),
        list(dict.fromkeys(command.languages)) or requester["languages"],
        command.question,
        requester["residence"] or requester["origin"],
        to_country,
        desk.on_duty,
    )
    await announcements.announce_changes(tx, {request: "MentorshipRequested"})
    return CreatedRequest(request=request)


async def lock_request(tx: Tx, request: UUID) -> Mapping[str, Any]:
    """The request's row, locked, without who is being erased. Raises `NotFound`."""
    rows = await tx.fetch("SELECT * FROM request WHERE request = $1 FOR UPDATE", request)
    if not rows:
        raise _unknown_request()
    [row] = await departures.leave_out_erased(tx, rows)
    return row


async def read_row(tx: Tx, request: UUID) -> Mapping[str, Any]:
    """The request's row, without who is being erased. Raises `NotFound`."""
    row = await tx.fetchrow(f"SELECT *, {departures.ERASED} FROM request WHERE request = $1", request)
    if row is None:
        raise _unknown_request()
    return departures.leave_out_marked(row)


async def read_request(tx: Tx, request: UUID) -> RequestDetails:
    """One request with everything that its desk may see. Raises `NotFound`."""
    row = await read_row(tx, request)
    proposals = await tx.fetch("SELECT * FROM proposal WHERE request = $1 ORDER BY proposal", request)
    shown = await departures.leave_out_proposals(tx, proposals) if row["requester"] else []
    return RequestDetails.model_validate({**row, "proposals": shown})


async def list_requests(
    tx: Tx, paging: PageRequest, region: Slug | None, state: RequestState | None
) -> Page[RequestSummary]:
    """Requests about a region or at its desk, the oldest first."""
    [after] = paging.cursor_parts(UUID)
    rows = await tx.fetch(
        f"SELECT *, {departures.ERASED} FROM request WHERE ($1::text IS NULL OR region = $1 OR desk = $1)"
        " AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR request > $3)"
        " ORDER BY request LIMIT $4",
        region,
        state,
        after,
        paging.limit + 1,
    )
    return paging.build_page(
        [RequestSummary.model_validate(departures.leave_out_marked(row)) for row in rows],
        [[row["request"]] for row in rows],
    )


def _unknown_request() -> NotFound:
    return NotFound("request-unknown", "No request has this id.")


def _require_vocabulary(command: RequestMentorship) -> None:
    if not vocabulary.themes().keys() >= set(command.themes):
        raise Refused("theme-unknown", "The vocabulary has no such theme.")
    if not vocabulary.languages().keys() >= set(command.languages):
        raise Refused("language-unknown", "The vocabulary has no such language.")


async def _lock_requester(tx: Tx, member: UUID) -> asyncpg.Record:
    await members.lock_members(tx, [member])
    requester = await tx.fetchrow("SELECT * FROM person WHERE member = $1", member)
    assert requester is not None
    if not (requester["residence"] or requester["origin"]):
        raise Refused("country-unknown", "Neither residence nor origin of the member is known.")
    return requester
