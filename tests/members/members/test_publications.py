"""What the world hears of members: in releases, of several who look alike, and in an order that tells nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.members.rules import DueMember, PublicForm, choose_release, find_views
from shared.contracts.catalogue import MEMBER
from shared.messaging.message_ids import first_uuid
from shared.postgres.pool import transaction
from shared.runtime import attempts
from shared.testing.services import Running
from tests.members.releases import release_members
from tests.shared.operations.command_line import said

# Of thirty, who guesses finds one on average; eight or more once in a hundred thousand times.
CHANCE = 7


async def join(members: Running, name: str, **more: Any) -> str:
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": f"{name}@example.org"}
    answer = await members.http.post("/members", json=person | {"organisation": "daad"} | more)
    return str(answer.raise_for_status().json()["member"])


async def join_many(members: Running, number: int, **more: Any) -> list[str]:
    return [await join(members, f"m{n}", **more) for n in range(number)]


async def leave(members: Running, member: str) -> None:
    (await members.http.delete(f"/members/{member}")).raise_for_status()


async def heard(members: Running) -> list[tuple[str, int]]:
    """What the world was told so far: type and version."""
    rows = await members.pool.fetch(
        "SELECT type, sequence % 1000 AS version FROM outbox WHERE topic = $1 ORDER BY id", MEMBER.name
    )
    return [(row["type"], row["version"]) for row in rows]


async def test_the_world_hears_of_those_of_whom_there_are_enough_and_of_all_once_a_day(
    members: Running,
) -> None:
    await join_many(members, 3)
    await join(members, "alone", organisation="giz")

    assert await release_members(members, minimum=4) == 0
    assert await release_members(members, minimum=3) == 3
    assert await release_members(members, minimum=3) == 0
    assert await release_members(members, minimum=3, whole=True) == 1
    assert await heard(members) == [("MemberJoined", 1)] * 4


async def test_a_member_of_whom_the_world_cannot_be_told_holds_no_other_up(members: Running) -> None:
    everybody = await join_many(members, 5)
    await members.pool.execute("UPDATE publication SET version = -5 WHERE member = $1", UUID(everybody[2]))

    assert await release_members(members, whole=True) == 4

    async with transaction(members.pool) as tx:
        [failed] = await attempts.list_failed(tx)
    assert (failed["worker"], failed["item"], failed["reason"]) == ("releases", everybody[2], "ValueError")
    await members.pool.execute("UPDATE publication SET version = 0 WHERE member = $1", UUID(everybody[2]))
    assert await release_members(members, whole=True) == 0
    async with transaction(members.pool) as tx:
        await attempts.retry_failed(tx, "releases", everybody[2])
    assert await release_members(members, whole=True) == 1


async def test_there_is_one_release_in_an_interval(members: Running) -> None:
    await release_members(members)
    await join(members, "late")

    assert await release_members(members, due=False) == 0
    assert await release_members(members) == 1


async def test_a_change_that_the_world_does_not_see_is_told_to_nobody(members: Running) -> None:
    await join_many(members, 2)
    await release_members(members)
    await join_many(members, 2, role="volunteer")
    await join(members, "m0", organisation="giz")
    assert await release_members(members, minimum=2) == 0
    assert await release_members(members) == 1

    assert await heard(members) == [("MemberJoined", 1)] * 2 + [("MemberJoined", 2)]


async def test_who_leaves_is_told_once_a_day_and_never_if_the_world_had_not_heard_of_them(
    members: Running,
) -> None:
    known = await join(members, "known")
    await release_members(members)
    unknown = await join(members, "unknown")
    for member in (known, unknown):
        await leave(members, member)

    assert await release_members(members, minimum=2) == 0
    assert await release_members(members, minimum=2, whole=True) == 1
    assert await heard(members) == [("MemberJoined", 1), ("MemberLeft", 2)]
    assert await release_members(members, whole=True) == 0


@pytest.mark.parametrize("way", ["release", "republish"])
async def test_neither_ids_nor_order_tell_who_joined_first(members: Running, way: str) -> None:
    joined = await join_many(members, 30)
    await release_members(members)
    if way == "republish":
        await members.pool.execute("DELETE FROM outbox")
        await said(members.app.state.service, "republish")

    rows = await members.pool.fetch(
        "SELECT key, message_id FROM outbox WHERE topic = $1 ORDER BY id", MEMBER.name
    )
    public_ids = await find_public_ids(members, joined)
    by_id = [row["key"] for row in sorted(rows, key=lambda row: row["message_id"])]
    for order in ([row["key"] for row in rows], by_id):
        assert sorted(order) == sorted(public_ids)
        assert count_same(order, public_ids) <= CHANCE
    assert count_same(by_id, [row["key"] for row in rows]) <= CHANCE
    midnight = first_uuid(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    assert {row["message_id"].int >> 80 for row in rows} == {midnight.int >> 80}


async def find_public_ids(members: Running, joined: Sequence[str]) -> list[str]:
    return [str(members.app.state.audience_ids.public_id(UUID(member))) for member in joined]


def count_same(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


FORMS = st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from(["p", None])), max_size=3).map(tuple)
CHANGES = st.tuples(st.none() | FORMS, FORMS)


@given(st.lists(CHANGES, max_size=7), st.integers(1, 4))
def test_a_release_is_the_largest_in_which_everyone_looks_like_enough_others_to_each_organisation(
    changes: list[tuple[PublicForm | None, PublicForm]], minimum: int
) -> None:
    due = [DueMember(uuid4(), 1, find_views(*change)) for change in changes]
    possible = chain.from_iterable(combinations(due, n) for n in range(len(due) + 1))
    allowed = [some for some in possible if all(looks_like(each, some) >= minimum for each in some)]

    assert list(choose_release(due, minimum)) == [each.member for each in max(allowed, key=len)]


def looks_like(one: DueMember, others: Sequence[DueMember]) -> int:
    """How many of these, the one included, look like it to the organisation to which the fewest do."""
    alike = [sum(view in other.views for other in others) for view in one.views]
    return min(alike, default=len(others) + 4)
