"""A second service: a tea house with one page and one feed over the shared frame, in texts of its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse

from shared.runtime.http import problems
from shared.web import assets, csv_table
from shared.web.addresses import service_url
from shared.web.feeds import FeedFormat, answer_feed
from shared.web.query import PageQuery, read_valid
from shared.web.site import Site

TEAS = {"green": "Sencha", "black": "<b>Assam</b>"}
HEADS = {"en": "Tea", "de": "Tee"}
CHANGED_AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)

FOLDER = Path(__file__).parent
SITE = Site(FOLDER)
router = APIRouter(include_in_schema=False)


class TeaQuery(PageQuery):
    """Which teas to show."""

    sort: tuple[Literal["green", "black"], ...] = ()

    def select_teas(self) -> list[str]:
        return [tea for sort, tea in TEAS.items() if not self.sort or sort in self.sort]


@router.get("/", response_class=HTMLResponse)
async def show_teas(request: Request) -> HTMLResponse:
    """The card."""
    query = read_valid(TeaQuery, request.query_params)
    return SITE.render(request, "teas.html", query, here="offers", teas=query.select_teas())


@router.get("/teas.csv")
async def read_teas(request: Request, query: Annotated[TeaQuery, Query()]) -> Response:
    """The card as a table."""
    language = query.negotiate_language(request)

    def write_teas(teas: list[str]) -> bytes:
        rows = ((tea, f"{service_url(request)}/{tea}") for tea in teas)
        return csv_table.write_csv([HEADS[language], "url"], rows, language=language)

    table = FeedFormat(write_teas, csv_table.MEDIA_TYPE, "teas.csv")
    return await answer_feed(request, table, query.select_teas(), changed_at=CHANGED_AT, language=language)


def create_tea_house() -> FastAPI:
    """The whole service."""
    app = FastAPI()
    problems.install_handlers(app)
    app.include_router(router)
    app.include_router(assets.router)
    app.add_middleware(SITE.wrap)
    return app
