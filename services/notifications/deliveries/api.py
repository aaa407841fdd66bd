"""The HTTP API of the delivery log: who is to get what, where it stands, and what has failed once more."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.notifications.deliveries import entries
from services.notifications.deliveries.entries import (
    DeliveryEntry,
    DeliveryFilter,
    DeliveryState,
    DeliveryWithText,
)
from services.notifications.deliveries.kinds import Kind
from services.notifications.deliveries.resending import resend_delivery
from shared.access.serving import CoordinatorOrOperator, MemberCoordinatorOrOperator, MemberOrCoordinator
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

# A mail is shown as it is: no script, no request to anywhere.
PREVIEW_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}


@router.get("/deliveries")
async def list_deliveries(
    asker: MemberCoordinatorOrOperator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    kind: Kind | None = None,
    state: DeliveryState | None = None,
    member: UUID | None = None,
) -> Page[DeliveryEntry]:
    """Who is to get what, when, and where it stands; without texts. To an operator all; to others what is for them, or
    in the name of an organisation that they coordinate."""
    async with work.transaction() as tx:
        return await entries.list_deliveries(tx, asker, DeliveryFilter(kind, state, member), paging)


@router.get("/deliveries/{delivery}")
async def read_delivery(delivery: UUID, asker: MemberOrCoordinator, work: UnitOfWorkDep) -> DeliveryWithText:
    """One delivery with its subject and text: to its member, and to whoever coordinates the organisation in whose name
    it is."""
    async with work.transaction() as tx:
        return await entries.read_delivery(tx, asker, delivery)


@router.get("/deliveries/{delivery}/preview", response_class=HTMLResponse)
async def preview_delivery(delivery: UUID, asker: MemberOrCoordinator, work: UnitOfWorkDep) -> HTMLResponse:
    """The mail as its reader sees it."""
    async with work.transaction() as tx:
        return HTMLResponse(await entries.read_preview(tx, asker, delivery), headers=PREVIEW_HEADERS)


@router.post("/deliveries/{delivery}/resending")
async def resend(delivery: UUID, asker: CoordinatorOrOperator, work: UnitOfWorkDep) -> DeliveryEntry:
    """Send again what has failed: by an operator, or whoever coordinates the organisation in whose name it is."""
    async with work.transaction() as tx:
        return await resend_delivery(tx, asker, delivery)
