"""HTTP API of signing in: one more address of one's own, proved by a link."""

from fastapi import APIRouter, Request, Response

from services.members.members.dependencies import AudienceIdsDep
from services.members.sessions import cookies
from services.members.sign_in import links
from services.members.sign_in.links import Asking
from shared.access.serving import Member
from shared.runtime.commands import Command, Plain
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.runtime.vocabulary_types import KnownLanguage

router = APIRouter()


class ProveAddress(Command):
    """One more address of one's own; the language is that of the mail."""

    email: Plain
    language: KnownLanguage = "en"


@router.post("/account/addresses", status_code=202)
async def prove_address(
    command: ProveAddress,
    asker: Member,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
    request: Request,
    response: Response,
) -> None:
    """Send a link to an address; it is one's own when the link is followed in this browser."""
    browser = cookies.mark_browser(response, cookies.read_browser(request))
    site: str = request.app.state.origin
    asking = Asking(command.email, browser, command.language, "/me", site, asker.account, asker.member)
    async with work.transaction() as tx:
        await links.send_link(tx, audience_ids, asking)
