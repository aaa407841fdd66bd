"""A newcomer who can't be compared: they alone are left out, and the others are compared."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.members.duplicates import finding
from services.members.duplicates.work import COMPARING
from services.members.members import joining
from services.members.members.audience_ids import AudienceIds
from services.members.members.joining import JoinMember
from shared.postgres.pool import transaction
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from tests.members.uploads import describe_organisations
from tests.raised import PASSING, RAISED, names_of, raising, work_through

ALL = {f"{type(error).__name__}@example.org".lower(): error for error in (*RAISED, *PASSING)}

STEPS: dict[str, Callable[[Any], list[UUID]]] = {
    "blocking_keys": lambda person: [person.member],
    "pick_likeliest": lambda newcomers: [person.member for person in newcomers],
}


async def join(members: Running, name: str, email: str) -> None:
    given, family = name.split()
    command = JoinMember(given_name=given, family_name=family, email=email, organisation="daad", origin="AL")
    async with transaction(members.pool) as tx:
        await joining.join_members(tx, AudienceIds(b"s" * 32), [command])


@pytest.mark.parametrize("step", STEPS)
async def test_whatever_one_newcomer_raises_the_others_are_compared(
    service: Service, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        for email in ALL:
            await join(members, f"{email.partition('error')[0]} Beispiel", email)
        await join(members, "Kim Xylander", "kim@example.org")
        await join(members, "Kim Xylander", "kim@example.net")
        await join(members, "Jo Else", "jo@example.net")
        bad = {
            row["member"]: ALL[row["email_key"]]
            for row in await members.pool.fetch("SELECT member, email_key FROM member")
            if row["email_key"] in ALL
        }
        find = lambda given, *_: next((bad[m] for m in STEPS[step](given) if m in bad), None)  # noqa: E731
        monkeypatch.setattr(finding, step, raising(getattr(finding, step), find))

        await work_through(COMPARING.step, members.pool)

        assert await members.pool.fetchval("SELECT count(*) FROM newcomer") == len(ALL)
        assert len((await members.http.get("/duplicates")).json()["items"]) == 1
        failed = await members.pool.fetch("SELECT reason FROM attempt")
        assert sorted(row["reason"] for row in failed) == names_of((*RAISED, *PASSING))
        [gone] = await members.pool.fetch("SELECT item FROM attempt LIMIT 1")
        assert (await members.http.delete(f"/members/{gone['item']}")).status_code == 202
        assert await members.pool.fetchval("SELECT count(*) FROM attempt WHERE item = $1", gone["item"]) == 0
