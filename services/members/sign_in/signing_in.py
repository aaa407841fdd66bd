"""Whoever has proved who they are signs in: their account, its member, the mandates that waited, and a session."""

from datetime import UTC, datetime

from services.members.accounts import accounts, announcements
from services.members.accounts.accounts import Proof
from services.members.mandates import mandates
from shared.access.sessions import Session
from shared.postgres.pool import Tx


async def sign_in(tx: Tx, proof: Proof) -> Session:
    """A new session for whoever proved this. It begins after all that were ended."""
    opened = await accounts.recognise_account(tx, proof)
    taken = proof.address is not None and await mandates.take_up_mandates(tx, opened.account, proof.address)
    if opened.is_new:
        await announcements.publish_accounts(tx, [opened.account])
    elif taken or opened.is_changed:
        await announcements.publish_changes(tx, [opened.account])
    now = datetime.now(UTC)
    return Session(opened.account, opened.member, max(now, opened.not_before or now), now)
