"""The HTTP API of requests."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.matching.requests import details, lists, requests
from services.matching.requests.details import RequestDetails
from services.matching.requests.requests import CreatedRequest, RequestMentorship, RequestSummary
from shared.access.serving import ContactPerson, Member
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/requests", status_code=201)
async def request_mentorship(
    command: RequestMentorship, asker: Member, work: UnitOfWorkDep, response: Response
) -> CreatedRequest:
    """Request an adviser on a region."""
    created = await work.run_once(
        command, lambda tx: requests.request_mentorship(tx, asker, command), CreatedRequest
    )
    response.headers["Location"] = f"/requests/{created.request}"
    return created


@router.get("/requests")
async def list_requests(
    asker: ContactPerson,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    desk: Annotated[Slug | None, Query()] = None,
    state: Annotated[RequestState | None, Query()] = None,
) -> Page[RequestSummary]:
    """Requests at the desks where the asker sits, or at one of them, the oldest first."""
    async with work.transaction() as tx:
        return await lists.list_requests(tx, asker, paging, desk, state)


@router.get("/requests/{request}")
async def read_request(request: UUID, asker: Member, work: UnitOfWorkDep) -> RequestDetails:
    """One request with its question, its proposals and their reasons, as far as they are the asker's to see."""
    async with work.transaction() as tx:
        return await details.read_request(tx, asker, request)
