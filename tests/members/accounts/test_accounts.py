"""Accounts find their member by a proved address, and end with it."""

import pytest

from services.members.accounts import addresses
from shared.contracts.catalogue import ACCOUNT
from shared.contracts.members import MandateRole
from shared.contracts.refusals import Refused
from shared.messaging.outbox import GENERATION, LAST_VERSION
from shared.postgres.pool import transaction
from shared.testing.access import build_headers
from shared.testing.services import Running, read_outbox
from tests.members import people


@pytest.fixture
def members(signing_in: Running) -> Running:
    """Members with organisations."""
    return signing_in


async def test_an_account_finds_its_member_by_any_address_that_the_member_has_proved(
    members: Running,
) -> None:
    kim = await people.join(members.pool, "kim@example.org")
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, kim, "kim@work.example.org")

    first = await people.open_account(members.pool, "KIM@example.org")
    second = await people.open_account(members.pool, "kim@WORK.example.org")
    nobody = await people.open_account(members.pool, "other@example.org")

    own = (await members.http.get("/account", headers=build_headers(second))).json()
    assert own["addresses"] == ["kim@example.org", "kim@work.example.org"]
    found = {key: data["member"] for _, key, data in await read_outbox(members.pool, ACCOUNT.name)}
    assert found == {str(first): str(kim), str(second): str(kim), str(nobody): None}


async def test_who_joins_later_is_found_at_the_next_sign_in(members: Running) -> None:
    account = await people.open_account(members.pool, "kim@example.org")
    kim = await people.join(members.pool, "kim@example.org")

    assert await people.open_account(members.pool, "kim@example.org") == account

    assert (await read_outbox(members.pool, ACCOUNT.name))[-1][2]["member"] == str(kim)


async def test_an_address_is_one_members(members: Running) -> None:
    kim, toni = [await people.join(members.pool, f"{name}@example.org") for name in ("kim", "toni")]

    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, kim, "work@example.org")
        for taken in ("Work@example.org", "KIM@example.org"):
            with pytest.raises(Refused, match="address-of-another"):
                await addresses.add_address(tx, toni, taken)
    kims = await people.open_account(members.pool, "kim@example.org")
    gone = await members.http.delete(
        "/account/addresses?address=work@example.org", headers=build_headers(kims, kim)
    )

    assert gone.status_code == 204
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, toni, "work@example.org")
        assert await addresses.list_addresses(tx, toni) == ["toni@example.org", "work@example.org"]


async def test_who_signs_out_everywhere_has_no_session_any_more_and_can_sign_in_again(
    members: Running,
) -> None:
    account = await people.open_account(members.pool, "kim@example.org")
    before = build_headers(account)

    ended = await members.http.delete("/account/sessions", headers=before)

    assert ended.status_code == 204
    assert (await members.http.get("/account", headers=before)).status_code == 401
    assert (await read_outbox(members.pool, ACCOUNT.name))[-1][2]["not_before"] is not None


async def test_the_accounts_of_an_erased_member_are_closed_and_its_sessions_are_over(
    members: Running,
) -> None:
    kim = await people.join(members.pool, "kim@example.org")
    account = await people.open_account(members.pool, "kim@example.org")
    session = build_headers(account, kim)

    await people.erase(members.pool, kim)

    assert (await read_outbox(members.pool, ACCOUNT.name))[-1] == ("AccountClosed", str(account), None)
    assert (await members.http.get("/account", headers=session)).status_code == 401
    sequence = await members.pool.fetchval("SELECT max(sequence) FROM outbox WHERE topic = $1", ACCOUNT.name)
    assert sequence % GENERATION == LAST_VERSION
    assert await people.open_account(members.pool, "kim@example.org") != account


async def test_what_is_held_of_accounts_here_is_what_is_published(members: Running) -> None:
    session = await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")

    own = (await members.http.get("/account", headers=session)).json()

    assert own["mandates"] == [{"role": "coordinator", "organisation": "daad"}]
    [*_, (_, _, data)] = await read_outbox(members.pool, ACCOUNT.name)
    assert [(m["role"], m["scope"]) for m in data["mandates"]] == [("coordinator", "daad")]
    assert data["identities"] == [{"issuer": people.ISSUER, "subject": "anna"}]


async def test_whoever_joins_by_a_further_address_is_the_member_who_has_it(members: Running) -> None:
    kim = await people.join(members.pool, "kim@example.org")
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, kim, "kim@work.example.org")

    assert await people.join(members.pool, "Kim+list@work.example.org") == kim
