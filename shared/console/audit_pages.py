"""The console's page of what was done in a service, and by whom."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from shared.access.serving import Operator
from shared.console.frame import find_base, render
from shared.console.site import SITE
from shared.contracts.model import N_
from shared.runtime import audit
from shared.runtime.paging import PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

# The names of endpoints, in words for people; of others the name is shown.
VERBS = {
    "replay_cause": N_("replayed parked keys"),
    "drop_cause": N_("dropped what was parked"),
    "retry_item": N_("had a failed item tried again"),
    "rebuild": N_("rebuilt a replica"),
    "republish": N_("published again"),
    "give_mandate": N_("gave a mandate"),
    "invite_operator": N_("invited an operator"),
    "take_back_mandate": N_("took a mandate back"),
    "take_back_from_console": N_("took a mandate back"),
    "give_to_system": N_("gave a partner’s system a mandate"),
    "resend_from_console": N_("sent a delivery again"),
    "erase_member": N_("ordered an erasure"),
    "describe_organisation": N_("described an organisation"),
}


class AuditQuery(PageQuery):
    """Whose doings a list shows, and where it begins."""

    who: Literal["operators", "everybody"] = "operators"
    cursor: str | None = None


def add_audit_routes(router: APIRouter, base: str) -> None:
    """Add the page."""
    router.add_api_route(f"{base}/audit", show_audit, methods=METHODS)


async def show_audit(
    request: Request, asker: Operator, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """What operators did here, or everybody, the newest first."""
    query = read_valid(AuditQuery, request.query_params)
    async with work.transaction() as tx:
        if query.who == "operators":
            page = await audit.list_of_operators(tx, paging)
        else:
            page = await audit.list_entries(tx, None, paging)
    path, texts = f"{find_base(request)}/audit", SITE.load_texts(request)

    def link(**changes: str | None) -> str:
        return query.model_copy(update=changes).build_link(path)

    return render(
        request,
        "operators-audit.html",
        query,
        entries=page.items,
        asker=asker,
        verbs={verb: texts.translate(words) for verb, words in VERBS.items()},
        who=query.who,
        others=link(who="everybody" if query.who == "operators" else "operators", cursor=None),
        next=link(cursor=page.next) if page.next else "",
        first=link(cursor=None) if query.cursor else "",
    )
