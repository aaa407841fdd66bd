"""What somebody may come with: a role each, and what counts for nobody."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

from deploy.session_keys import make_key
from shared.access.accounts import AccountState, store_accounts
from shared.access.sessions import COOKIE, Session, SessionSigner
from shared.contracts.members import Account, MandateRole
from shared.postgres.pool import Pool, transaction
from shared.testing.access import SIGNING_KEY, build_headers, give_mandates

Headers: TypeAlias = Mapping[str, str]
Comes: TypeAlias = Callable[[Pool], Awaitable[Headers]]


def _sign(account: UUID, signed_in_at: datetime, key: str = SIGNING_KEY) -> Headers:
    session = SessionSigner(key).sign_session(Session(account, uuid4(), signed_in_at, signed_in_at))
    return {"Cookie": f"{COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}


async def _anonymously(pool: Pool) -> Headers:
    return {}


async def _with_an_expired_session(pool: Pool) -> Headers:
    return _sign(uuid4(), datetime.now(UTC) - timedelta(days=8))


async def _with_a_session_that_another_signed(pool: Pool) -> Headers:
    return _sign(uuid4(), datetime.now(UTC), make_key())


async def _with_a_session_that_was_changed(pool: Pool) -> Headers:
    mine, theirs = _sign(uuid4(), datetime.now(UTC)), _sign(uuid4(), datetime.now(UTC))
    header, _, _ = mine["Cookie"].split(".")
    _, claims, _ = theirs["Cookie"].split(".")
    return {**mine, "Cookie": ".".join([header, claims, mine["Cookie"].rpartition(".")[2]])}


async def _after_the_account_was_closed(pool: Pool) -> Headers:
    account = uuid4()
    await _store(pool, AccountState(account, None, 2))
    return _sign(account, datetime.now(UTC))


async def _after_all_sessions_were_ended(pool: Pool) -> Headers:
    account, now = uuid4(), datetime.now(UTC)
    await _store(pool, AccountState(account, Account(account=account, not_before=now), 2))
    return _sign(account, now - timedelta(minutes=1))


async def _store(pool: Pool, state: AccountState) -> None:
    async with transaction(pool) as tx:
        await store_accounts(tx, [state])


NOBODY: Mapping[str, Comes] = {
    "anonymously": _anonymously,
    "with an expired session": _with_an_expired_session,
    "with a session that another signed": _with_a_session_that_another_signed,
    "with a session that was changed": _with_a_session_that_was_changed,
    "after the account was closed": _after_the_account_was_closed,
    "after all sessions were ended": _after_all_sessions_were_ended,
}


async def _as_account(pool: Pool) -> Headers:
    return build_headers()


async def _as_member(pool: Pool) -> Headers:
    return build_headers(member=uuid4())


def _as_holder(role: MandateRole, scope: str) -> Comes:
    async def come(pool: Pool) -> Headers:
        return await give_mandates(pool, [(role, scope)])

    return come


# Each with the names, in docs/access.md, of all that they are.
ROLES: Mapping[str, tuple[Comes, frozenset[str]]] = {
    "account": (_as_account, frozenset({"account"})),
    "member": (_as_member, frozenset({"account", "member", "contact-person"})),
    "coordinator": (_as_holder(MandateRole.COORDINATOR, "daad"), frozenset({"account", "coordinator"})),
    "operator": (_as_holder(MandateRole.OPERATOR, ""), frozenset({"account", "operator"})),
    "partner-system": (
        _as_holder(MandateRole.PARTNER_SYSTEM, "daad"),
        frozenset({"account", "partner-system"}),
    ),
}
