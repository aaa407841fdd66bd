"""The members' interface keeps its promises, whatever is sent to it."""

from uuid import UUID

import pytest

from shared.testing import openapi
from shared.testing.access import add_account
from shared.testing.services import EVERYTHING, Running


@pytest.mark.timeout(600)
async def test_members_answer_any_request_as_their_interface_says(members: Running, kim: UUID) -> None:
    account = await add_account(members.pool, EVERYTHING, kim)
    await members.pool.execute("INSERT INTO opened_account (account, member) VALUES ($1, $2)", account, kim)
    await members.pool.executemany(
        "INSERT INTO mandate (mandate, role, scope, account, since) VALUES (gen_random_uuid(), $1, $2, $3, now())",
        [(role, scope, account) for role, scope in EVERYTHING],
    )

    await openapi.check_interface(members, member=kim, account=account)
