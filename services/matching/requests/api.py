"""The HTTP API of requests."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.matching.requests import requests
from services.matching.requests.requests import (
    CreatedRequest,
    RequestDetails,
    RequestMentorship,
    RequestSummary,
)
from shared.access.serving import SIGNED_IN
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])


@router.post("/requests", status_code=201)
async def request_mentorship(
    command: RequestMentorship, work: UnitOfWorkDep, response: Response
) -> CreatedRequest:
    """Request an adviser on a region."""
    created = await work.run_once(
        command, lambda tx: requests.request_mentorship(tx, command), CreatedRequest
    )
    response.headers["Location"] = f"/requests/{created.request}"
    return created


@router.get("/requests")
async def list_requests(
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    region: Annotated[Slug | None, Query()] = None,
    state: Annotated[RequestState | None, Query()] = None,
) -> Page[RequestSummary]:
    """Requests about a region or at its desk, the oldest first."""
    async with work.transaction() as tx:
        return await requests.list_requests(tx, paging, region, state)


@router.get("/requests/{request}")
async def read_request(request: UUID, work: UnitOfWorkDep) -> RequestDetails:
    """One request with its question, its proposals and their reasons."""
    async with work.transaction() as tx:
        return await requests.read_request(tx, request)
