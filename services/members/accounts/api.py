"""HTTP API of accounts: who one is here, and the end of all one's sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.members.accounts import accounts, addresses
from shared.access.serving import Member, SignedIn
from shared.contracts.members import MandateRole
from shared.contracts.model import Contract
from shared.runtime.commands import Line
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


class HeldMandate(Contract):
    """What one may do for whom."""

    role: MandateRole
    organisation: str


class OwnAccount(Contract):
    """Who one is here: `addresses` are the member's, the primary one first."""

    account: UUID
    member: UUID | None
    mandates: list[HeldMandate]
    addresses: list[str]


@router.get("/account")
async def read_account(asker: SignedIn, work: UnitOfWorkDep) -> OwnAccount:
    """Who one has signed in as."""
    async with work.transaction() as tx:
        own = await addresses.list_addresses(tx, asker.member) if asker.member else []
    held = sorted((mandate.role, mandate.scope) for mandate in asker.mandates)
    return OwnAccount(
        account=asker.account,
        member=asker.member,
        mandates=[HeldMandate(role=role, organisation=scope) for role, scope in held],
        addresses=list(own),
    )


@router.delete("/account/addresses", status_code=204)
async def remove_address(address: Annotated[Line, Query()], asker: Member, work: UnitOfWorkDep) -> None:
    """Remove a further address of one's own."""
    assert asker.member is not None
    async with work.transaction() as tx:
        await addresses.remove_address(tx, asker.member, address)


@router.delete("/account/sessions", status_code=204)
async def end_sessions(asker: SignedIn, work: UnitOfWorkDep) -> None:
    """Sign out everywhere: all sessions end, in every service."""
    async with work.transaction() as tx:
        await accounts.end_sessions(tx, asker.account)
