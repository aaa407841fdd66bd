"""Who asks the platform: one account, with the mandates of an operator and of a coordinator of the stories'
organisation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from shared.access.accounts import AccountState, store_accounts
from shared.contracts.members import Account, GivenMandate, MandateRole
from shared.postgres.pool import Pool, transaction
from shared.testing.access import build_headers

ORGANISATION = "giz"
_ACCOUNT = UUID("018f0000-0000-7000-8000-0000000000fa")
HEADERS: Mapping[str, str] = build_headers(_ACCOUNT)


async def make_known(pools: Mapping[str, Pool]) -> None:
    """Let each service know the account."""
    now = datetime.now(UTC)
    mandates = (
        GivenMandate(role=MandateRole.OPERATOR, since=now),
        GivenMandate(role=MandateRole.COORDINATOR, scope=ORGANISATION, since=now),
    )
    for pool in pools.values():
        async with transaction(pool) as tx:
            await store_accounts(
                tx, [AccountState(_ACCOUNT, Account(account=_ACCOUNT, mandates=mandates), 1)]
            )
