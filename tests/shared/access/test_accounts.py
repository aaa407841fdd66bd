"""What a service holds of accounts is what members told of each."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.access.accounts import AccountState, find_account, store_accounts
from shared.access.principal import Mandate
from shared.contracts.members import Account, GivenMandate, MandateRole
from shared.postgres.pool import Pool, transaction

ROLES = {"two": ("acts", "amcf"), "one": ("daad",), "none": ()}


async def test_accounts_that_come_together_keep_each_its_own_mandates(pool: Pool) -> None:
    now = datetime.now(UTC)
    accounts = [
        Account(
            account=uuid4(),
            mandates=tuple(
                GivenMandate(role=MandateRole.COORDINATOR, scope=scope, since=now) for scope in scopes
            ),
        )
        for scopes in ROLES.values()
    ]

    async with transaction(pool) as tx:
        await store_accounts(tx, [AccountState(each.account, each, 1) for each in accounts])
        known = [await find_account(tx, each.account) for each in accounts]

    assert [each and each.mandates for each in known] == [
        frozenset(Mandate(MandateRole.COORDINATOR, scope) for scope in scopes) for scopes in ROLES.values()
    ]
