"""The HTTP API of requests."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.matching.requests import requests
from services.matching.requests.requests import Ask, Asked, FullRequest, ListedRequest
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


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
