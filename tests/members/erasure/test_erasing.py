"""Erasure: nothing in the tables says any more who the member was."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.members.duplicates import work as duplicates_work
from services.members.imports import work as imports_work
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import ERASURE, ERASURE_REPORTS, MEMBER, PROFILE
from shared.runtime import audit
from shared.runtime.service import Service
from shared.testing.services import Running, read_outbox, running_service
from tests.members import people
from tests.members.erasure.reports import report_all
from tests.members.uploads import describe_organisations, post_list

KIM = {
    "given_name": "Kim",
    "family_name": "Xylander",
    "email": "kim.xylander@example.org",
    "origin": "NZ",
    "organisation": "daad",
    "reference": "K-77",
}
MAPPING = b'organisation = "daad"\n[columns]\nname = "name"\nemail = "mail"\n'
ORDERS = ("outbox", "erased", "erased_address", "open_order")
TRACES = ("Xylander", "K-77", "kim.xylander", "Ximlander")


async def find_traces(members: Running, member: str) -> list[str]:
    """The tables that hold the person's words or the member's id; of what orders are made of, the words only."""
    tables: Sequence[Any] = await members.pool.fetch(
        """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'members' AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition"""
    )
    found = []
    for (table,) in tables:
        rows = await members.pool.fetch(f"SELECT convert_to(t::text, 'UTF8') AS row FROM \"{table}\" t")
        text = b" ".join(row["row"] for row in rows).decode()
        words = TRACES if table in ORDERS else (*TRACES, member)
        if any(word in text or word.encode().hex() in text for word in words):
            found.append(table)
    return found


async def test_an_erased_member_leaves_no_table_with_their_words_or_their_id(service: Service) -> None:
    """The audit names them for some minutes more, until no request is under way that may still write of them."""
    async with running_service(service) as members:
        await describe_organisations(members)
        once = {"Idempotency-Key": KIM["email"]}
        kim = (await members.http.post("/members", json=KIM, headers=once)).json()["member"]
        twin = KIM | {"email": "kxylander@example.net", "organisation": "giz"}
        await members.http.post("/members", json=twin)
        while await duplicates_work.COMPARING.step(members.pool):
            pass
        content = (
            'name,mail\n"Xylander, Kim",\uff2bim.Xylander+new@example.org\n"Else, Someone",x@example.org\n'
        )
        location = (await post_list(members, content.encode(), MAPPING)).headers["Location"]
        await people.leave_traces(members.pool, kim, KIM["email"])
        assert {
            "member",
            "duplicate_candidate",
            "import_chunk",
            "kept_answer",
            "outbox",
            *people.TRACED,
        } <= set(await find_traces(members, kim))

        other = (await members.http.get("/members", params={"organisation": "giz"})).json()["items"][0][
            "member"
        ]
        for person in (kim, other):
            assert (await members.http.delete(f"/members/{person}")).status_code == 202

        assert set(await find_traces(members, kim)) <= {"audit", "audit_erasure"}
        await members.pool.execute("UPDATE audit_erasure SET at = at - interval '3 minutes'")
        await audit.tidy_up(members.pool, days=365)
        assert await find_traces(members, kim) == []
        again = await members.http.post("/members", json=KIM, headers=once)
        assert (again.status_code, again.json()["type"]) == (410, "/problems/person-gone")
        await imports_work.import_rows(members.pool, audience_ids=AudienceIds(b"s" * 32))
        done = (await members.http.get(location)).json()
        assert (done["joined"], done["erased"], done["bad"]) == (1, 1, 0)
        assert (await members.http.get("/statistics")).json()["erased"] == 2


async def test_a_repeated_order_gets_the_first_answer_and_is_given_until_all_have_reported(
    members: Running,
) -> None:
    kim = (await members.http.post("/members", json=KIM)).json()
    path = f"/members/{kim['member']}"
    answers = [(await members.http.delete(path)).json() for _ in range(2)]
    for topic in ERASURE_REPORTS:
        await report_all(members, topic)
    answers.append((await members.http.delete(path)).json())

    assert answers[0] == answers[1] == answers[2]
    assert await read_outbox(members.pool, PROFILE.name) == [("MemberErased", kim["member"], None)] * 2
    assert await read_outbox(members.pool, MEMBER.name) == []
    assert [key for _, key, _ in await read_outbox(members.pool, ERASURE.name)] == [kim["member"]] * 2


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_who_never_was_a_member_is_not_found(members: Running, method: str) -> None:
    answer = await members.http.request(method, "/members/00000000-0000-7000-8000-000000000000")

    assert answer.json()["type"] == "/problems/member-unknown"
