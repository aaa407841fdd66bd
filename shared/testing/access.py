"""Signing in for tests: sessions as members makes them, signed with a key of the tests' own, and mandates."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc.jwk import KeySet, OKPKey

from shared.access.accounts import AccountState, store_accounts
from shared.access.sessions import COOKIE, Session, SessionSigner
from shared.contracts.members import Account, GivenMandate, MandateRole
from shared.postgres.pool import Pool, transaction

_KEY = OKPKey.generate_key("Ed25519", {"kid": "tests", "use": "sig"})
SESSION_KEYS = json.dumps(KeySet([_KEY]).as_dict(private=False))
SIGNING_KEY = json.dumps(_KEY.as_dict(private=True))
# Leads each service that a test starts to these keys.
ENVIRONMENT = {"ALUMNIBUS_SESSION_KEYS": SESSION_KEYS, "ALUMNIBUS_SESSION_SIGNING_KEY": SIGNING_KEY}
_signer = SessionSigner(SIGNING_KEY)


def build_headers(
    account: UUID | None = None, member: UUID | None = None, *, ahead: timedelta = timedelta()
) -> dict[str, str]:
    """What a browser sends in which this account, or this member, has signed in, by a clock that is so far ahead."""
    now = datetime.now(UTC) + ahead
    session = Session(account or uuid4(), member, now, now)
    return {"Cookie": f"{COOKIE}={_signer.sign_session(session)}", "Sec-Fetch-Site": "same-origin"}


async def give_mandates(
    pool: Pool, mandates: Iterable[tuple[MandateRole, str]], member: UUID | None = None
) -> dict[str, str]:
    """Headers of a new account that has these mandates (role, organisation or "") in the service of this pool."""
    return build_headers(await add_account(pool, mandates, member), member)


async def add_account(
    pool: Pool, mandates: Iterable[tuple[MandateRole, str]], member: UUID | None = None
) -> UUID:
    """A new account that has these mandates in the service of this pool."""
    now = datetime.now(UTC)
    given = tuple(GivenMandate(role=role, scope=scope, since=now) for role, scope in mandates)
    account = Account(account=uuid4(), member=member, mandates=given)
    async with transaction(pool) as tx:
        await store_accounts(tx, [AccountState(account.account, account, 1)])
    return account.account
