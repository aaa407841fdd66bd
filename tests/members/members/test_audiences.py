"""Each audience learns of a member only what it may, by an id that is its own."""

from typing import Any

import pytest

from services.members.app import compose
from shared.contracts.catalogue import MEMBER
from shared.testing.services import Running, read_outbox, running_service
from tests.members.releases import release_members

KIM = {"given_name": "Kim", "family_name": "Beispiel", "email": "kim@example.org", "organisation": "daad"}


async def join(members: Running, **more: str) -> Any:
    """Kim joins, or is affiliated once more."""
    return (await members.http.post("/members", json=KIM | more)).raise_for_status().json()


async def read_ids(members: Running, member: str) -> dict[str, str]:
    """The ids by which organisations know a member, and the public one, of which the only one there is just told."""
    profile = (await members.http.get(f"/members/{member}")).raise_for_status().json()
    own = {entry["organisation"]: entry["organisation_id"] for entry in profile["affiliations"]}
    await members.pool.execute("UPDATE publication SET due = true, affiliations = NULL")
    await release_members(members)
    _, key, _ = (await read_outbox(members.pool, MEMBER.name))[-1]
    return own | {"everyone": key}


async def test_each_organisation_knows_a_member_by_an_id_of_its_own(members: Running) -> None:
    kim = await join(members)
    for organisation in ("giz", "deutscher-bundestag"):
        await join(members, organisation=organisation)

    ids = await read_ids(members, kim["member"])
    assert ids.keys() == {"daad", "giz", "deutscher-bundestag", "everyone"}
    assert len(set(ids.values())) == 4


async def test_the_world_hears_no_internal_id(members: Running) -> None:
    kim = await join(members)
    await join(members, organisation="giz")
    await release_members(members)

    [(_, key, heard)] = await read_outbox(members.pool, MEMBER.name)
    assert heard["public_id"] == key
    assert kim["member"] not in str((key, heard))


async def test_without_the_secret_no_id_of_a_member_can_be_computed(
    members: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    kim = await join(members)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "c0" * 32)
    async with running_service(compose()) as guessing:
        guessed = await read_ids(guessing, kim["member"])

    known = await read_ids(members, kim["member"])
    assert guessed.keys() == known.keys()
    assert not set(guessed.values()) & set(known.values())


async def test_the_world_hears_of_which_programmes_one_is_and_not_as_what(members: Running) -> None:
    await join(members, organisation="giz", role="staff")
    await join(members, programme="helmut-schmidt-programm")
    await join(members, programme="helmut-schmidt-programm", role="volunteer")
    await release_members(members)

    [(_, key, heard)] = await read_outbox(members.pool, MEMBER.name)
    assert heard == {
        "public_id": key,
        "affiliations": [
            {"organisation": "daad", "programme": "helmut-schmidt-programm"},
            {"organisation": "giz", "programme": None},
        ],
    }
