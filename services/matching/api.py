"""The HTTP door of matching: desks, advisers' places, requests, proposals, mentorships, figures."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.matching.advisers import advisers
from services.matching.advisers.advisers import Offer, Places
from services.matching.desks import desks
from services.matching.desks.desks import Desk, Staff
from services.matching.mentorships import mentorships
from services.matching.mentorships.mentorships import Agree, End
from services.matching.proposals import proposals
from services.matching.proposals.proposals import Accept, Propose, Proposed, Refuse
from services.matching.ranking import candidates
from services.matching.ranking.candidates import Candidates
from services.matching.requests import requests
from services.matching.requests.requests import Ask, Asked, FullRequest, ListedRequest, Standing
from services.matching.statistics import counts
from services.matching.statistics.counts import Balance, Figures
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

SlugPath = Annotated[Slug, Path()]


@router.put("/desks/{region}")
async def staff_desk(region: SlugPath, command: Staff, work: UnitOfWorkDep) -> Desk:
    """Open a region's desk, or change who sits at it."""
    async with work.transaction() as tx:
        return await desks.staff(tx, region, command)


@router.get("/desks/{region}")
async def read_desk(region: SlugPath, work: UnitOfWorkDep) -> Desk:
    """Who sits at a region's desk."""
    async with work.transaction() as tx:
        return await desks.read(tx, region)


@router.put("/advisers/{member}")
async def offer_places(member: UUID, command: Offer, work: UnitOfWorkDep) -> Places:
    """Set how many mentorships an adviser takes on at a time."""
    async with work.transaction() as tx:
        return await advisers.offer(tx, member, command)


@router.post("/requests", status_code=201)
async def ask(command: Ask, work: UnitOfWorkDep, response: Response) -> Asked:
    """Ask for an adviser on a region."""
    asked = await work.run_once(lambda tx: requests.ask(tx, command), Asked)
    response.headers["Location"] = f"/requests/{asked.request}"
    return asked


@router.get("/requests")
async def list_requests(
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    region: Annotated[Slug | None, Query()] = None,
    state: Annotated[RequestState | None, Query()] = None,
) -> Page[ListedRequest]:
    """Requests about a region or before its desk, the oldest first."""
    async with work.transaction() as tx:
        return await requests.page(tx, paging, region, state)


@router.get("/requests/{request}")
async def read_request(request: UUID, work: UnitOfWorkDep) -> FullRequest:
    """One request with its question, its proposals and their reasons."""
    async with work.transaction() as tx:
        return await requests.read(tx, request)


@router.get("/requests/{request}/candidates")
async def rank_candidates(request: UUID, work: UnitOfWorkDep, paging: PageRequestDep) -> Candidates:
    """Who may be proposed, the best first, with the reasons; and why others may not."""
    async with work.transaction() as tx:
        return await candidates.ranked(tx, request, paging)


@router.post("/requests/{request}/proposals", status_code=201)
async def propose(request: UUID, command: Propose, work: UnitOfWorkDep) -> Proposed:
    """Propose an adviser."""
    return await work.run_once(lambda tx: proposals.propose(tx, request, command), Proposed)


@router.post("/proposals/{proposal}/acceptance")
async def accept(proposal: UUID, command: Accept, work: UnitOfWorkDep) -> Standing:
    """The adviser accepts, if a place is left."""
    async with work.transaction() as tx:
        return await proposals.accept(tx, proposal, command)


@router.post("/proposals/{proposal}/refusal")
async def refuse(proposal: UUID, command: Refuse, work: UnitOfWorkDep) -> Standing:
    """The adviser declines."""
    async with work.transaction() as tx:
        return await proposals.refuse(tx, proposal, command)


@router.post("/requests/{request}/agreement")
async def agree(request: UUID, command: Agree, work: UnitOfWorkDep) -> Standing:
    """The requester agrees; the mentorship begins."""
    async with work.transaction() as tx:
        return await mentorships.agree(tx, request, command)


@router.post("/requests/{request}/end")
async def end(request: UUID, command: End, work: UnitOfWorkDep) -> Standing:
    """End a request or a mentorship."""
    async with work.transaction() as tx:
        return await mentorships.end(tx, request, command)


@router.get("/balance")
async def balance(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Balance]:
    """Who asks whom, by pairs of countries."""
    async with work.transaction() as tx:
        return await counts.balance(tx, paging)


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.figures(tx)
