"""Requests: a member asks for an adviser on a region; its desk looks for one."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import Field
from uuid_utils.compat import uuid7

from services.matching import regions
from services.matching.replicas import members
from services.matching.requests import announcements, routing
from shared.contracts import vocabulary
from shared.contracts.matching import Criterion, ProposalState, RequestState
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph
from shared.runtime.paging import Page, PageRequest

OPEN = frozenset({RequestState.REQUESTED, RequestState.PROPOSED})


class Ask(Command):
    """What a member wants to know. Without languages, those of the member."""

    member: UUID
    region: Slug
    themes: list[Slug] = Field(default=[], max_length=20)
    languages: list[Language] = Field(default=[], max_length=20)
    question: Paragraph


class Asked(Contract):
    """The new request."""

    request: UUID


class Standing(Contract):
    """Where a request stands after a command."""

    request: UUID
    state: RequestState


class ListedRequest(Contract):
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


class FullProposal(Contract):
    """A proposal as the desk sees it; `refusal` is what the adviser said on declining."""

    proposal: UUID
    adviser: UUID
    contact: UUID | None
    score: int
    reasons: tuple[Criterion, ...]
    state: ProposalState
    refusal: str | None
    proposed_at: datetime


class FullRequest(ListedRequest):
    """A request with its question and its proposals, for the desk; the question goes nowhere else."""

    question: str | None
    contacts: tuple[UUID, ...]
    proposals: tuple[FullProposal, ...]


async def ask(tx: Tx, command: Ask) -> Asked:
    """Lay a request before the region's desk; `MentorshipRequested` goes out.

    Raises `NotFound` for an unknown member or region, `Refused` for words outside the vocabulary, where no desk
    answers, and where it isn't known from which country the member asks.
    """
    to_country = regions.country(command.region)
    _require_words(command)
    await members.hold(tx, [command.member])
    person = await tx.fetchrow("SELECT * FROM person WHERE member = $1", command.member)
    assert person is not None
    if not (person["residence"] or person["origin"]):
        raise Refused("country-unknown", "Neither residence nor origin of the member is known.")
    desk, contacts = await routing.responsible(tx, command.region)
    request = uuid7()
    await tx.execute(
        "INSERT INTO request (request, requester, region, desk, themes, languages, question, from_country,"
        " to_country, contacts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        request,
        command.member,
        command.region,
        desk,
        list(dict.fromkeys(command.themes)),
        list(dict.fromkeys(command.languages)) or person["languages"],
        command.question,
        person["residence"] or person["origin"],
        to_country,
        contacts,
    )
    await announcements.announce(tx, {request: "MentorshipRequested"})
    return Asked(request=request)


async def locked(tx: Tx, request: UUID) -> asyncpg.Record:
    """The request's row, locked. Raises `NotFound`."""
    row = await tx.fetchrow("SELECT * FROM request WHERE request = $1 FOR UPDATE", request)
    if row is None:
        raise NotFound("request-unknown", "No request has this id.")
    return row


async def read(tx: Tx, request: UUID) -> FullRequest:
    """One request with everything that its desk may see. Raises `NotFound`."""
    row = await tx.fetchrow("SELECT * FROM request WHERE request = $1", request)
    if row is None:
        raise NotFound("request-unknown", "No request has this id.")
    proposals = await tx.fetch("SELECT * FROM proposal WHERE request = $1 ORDER BY proposal", request)
    return FullRequest.model_validate({**row, "proposals": [dict(proposal) for proposal in proposals]})


async def page(
    tx: Tx, paging: PageRequest, region: Slug | None, state: RequestState | None
) -> Page[ListedRequest]:
    """Requests about a region or before its desk, the oldest first."""
    [after] = paging.cursor_parts(UUID)
    rows = await tx.fetch(
        "SELECT * FROM request WHERE ($1::text IS NULL OR region = $1 OR desk = $1)"
        " AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR request > $3)"
        " ORDER BY request LIMIT $4",
        region,
        state,
        after,
        paging.limit + 1,
    )
    return paging.build_page(
        [ListedRequest.model_validate(dict(row)) for row in rows], [[row["request"]] for row in rows]
    )


def _require_words(command: Ask) -> None:
    if not vocabulary.themes().keys() >= set(command.themes):
        raise Refused("theme-unknown", "The vocabulary has no such theme.")
    if not vocabulary.languages().keys() >= set(command.languages):
        raise Refused("language-unknown", "The vocabulary has no such language.")
