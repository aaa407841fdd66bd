"""The organisation whose coordinator asks: pages show it, and are for no one else."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Request
from fastapi.responses import HTMLResponse

from services.members.site import SITE
from shared.access.principal import Principal
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page
from shared.web.query import PageQuery

OrganisationPath = Annotated[Slug, Path()]


class OwnOrganisation(NamedTuple):
    """An organisation that the asker coordinates, and its programmes' names by their slugs."""

    slug: Slug
    name: str
    programmes: Mapping[str, str]


async def read_own(tx: Tx, asker: Principal, organisation: Slug) -> OwnOrganisation:
    """The organisation. Raises `NotFound` for one that the asker doesn't coordinate."""
    name = await tx.fetchval("SELECT name FROM organisation WHERE organisation = $1", organisation)
    if name is None or not asker.coordinates(organisation):
        raise NotFound("organisation-unknown", "No organisation has this name.")
    named = await tx.fetch(
        "SELECT programme, name FROM programme WHERE organisation = $1 ORDER BY name, programme", organisation
    )
    return OwnOrganisation(organisation, name, {row["programme"]: row["name"] for row in named})


def show_page(
    request: Request,
    template: str,
    own: OwnOrganisation,
    at: str,
    query: PageQuery | None = None,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """A page of the organisation; `at` is its part of them."""
    frame = {"own": own, "at": at, "base": own_path(own.slug)}
    return SITE.render(request, template, query, here="organisations", status=status, **frame, **values)


class ListQuery(PageQuery):
    """What the address of a list says."""

    cursor: str | None = None


class PagesOfList(NamedTuple):
    """The addresses of a list's next page and of its first one, as the pager takes them; "" for none."""

    next: str
    first: str


def link_pages(query: ListQuery, path: str, page: Page[Any]) -> PagesOfList:
    """Where a list goes on, and where it begins."""

    def turn(cursor: str | None) -> str:
        return query.model_copy(update={"cursor": cursor}).build_link(path)

    return PagesOfList(turn(page.next) if page.next else "", turn(None) if query.cursor else "")


def own_path(organisation: Slug, *parts: object) -> str:
    """The address of a page of an organisation."""
    return "/".join(("/organisations", organisation, *map(str, parts)))
