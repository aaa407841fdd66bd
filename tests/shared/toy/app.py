"""The toy service, put together."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import StringConstraints
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.access.serving import PUBLIC
from shared.contracts.model import Contract
from shared.postgres.pool import Tx
from shared.runtime.service import Definition, Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web import assets
from tests.shared.toy import tallies
from tests.shared.toy.adding import pages as adding_pages
from tests.shared.toy.gallery import pages as gallery_pages
from tests.shared.toy.site import SITE
from tests.shared.toy.visitors import VISITORS

FOLDER = Path(__file__).parent
router = APIRouter(dependencies=[PUBLIC])


router.include_router(adding_pages.router)
router.include_router(gallery_pages.router)
router.include_router(assets.router)


class Raised(Contract):
    """The version of a tally that went up."""

    version: int


@router.post("/tallies/{tally}", status_code=201)
async def count_up(tally: Annotated[str, StringConstraints(max_length=50)], work: UnitOfWorkDep) -> Raised:
    """Raise a tally by one."""

    async def raised(tx: Tx) -> Raised:
        return Raised(version=await tallies.count_up(tx, tally))

    return await work.run_once(None, raised, Raised)


@router.get("/failures/{words}")
async def fail(words: str, more: str) -> None:
    """Fail as a defect does: its message quotes what was sent."""
    raise ValueError(f"{words} {more}")


DEFINITION = Definition(name="toy", folder=FOLDER, routes=tallies.ROUTES)


def compose() -> Service:
    """The service as its environment wants it."""
    own = APIRouter()  # a test may add its own routes
    own.include_router(router)
    return Service(**vars(DEFINITION), settings=Settings(), router=own, wrap=wrap)


def wrap(app: ASGIApp) -> ASGIApp:
    """The site around the service, with who asks as a cookie says it: in a toy one may be anybody."""
    return SITE.wrap(lambda scope, receive, send: _identify(app, scope, receive, send))


async def _identify(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and (role := Request(scope).cookies.get("role")) in VISITORS:
        scope["state"]["principal"] = VISITORS[role]
    await app(scope, receive, send)
