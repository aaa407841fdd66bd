"""Answers are kept for commands that mean the same, for some days, and without the client's key."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.servers import Servers
from services.members.members.joining import JoinMember
from shared.messaging.kafka import Kafka
from shared.runtime import kept_answers
from shared.runtime.kept_answers import hash_meaning, remove_expired
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from tests.shared.toy.app import compose

NEEDED = {"given_name": "Zoë", "family_name": "Ó Sé", "email": "z@example.org", "organisation": "daad"}
MORE: dict[str, Any] = {
    "language": st.sampled_from(["en", "de"]),
    "advises": st.booleans(),
    "invite": st.booleans(),
    "cohort": st.sampled_from([None, 1999, 2000]),
    "branch": st.sampled_from([None, "law"]),
    "themes": st.lists(st.sampled_from(["culture", "migration"]), max_size=2),
}
BODIES = st.fixed_dictionaries({name: st.just(value) for name, value in NEEDED.items()}, optional=MORE)
DEFAULTS = {name: JoinMember.model_fields[name].get_default() for name in MORE}


@st.composite
def spellings(draw: st.DrawFn, body: dict[str, Any]) -> str:
    """The body in another order, with or without what is as by default, escaped or not, spaced somehow."""
    whole = DEFAULTS | body
    kept = {
        name: value for name, value in whole.items() if value != DEFAULTS.get(name) or draw(st.booleans())
    }
    kept["family_name"] = f"{draw(st.sampled_from(['', ' ', chr(0x200B)]))}{whole['family_name']}"
    order = draw(st.permutations(list(kept)))
    return json.dumps(
        {name: kept[name] for name in order},
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
    )


@given(st.data())
def test_a_command_is_the_same_if_it_means_the_same_and_no_other(data: st.DataObject) -> None:
    first, second = data.draw(BODIES), data.draw(BODIES)
    one, again, other = (
        hash_meaning(JoinMember.model_validate_json(data.draw(spellings(body))))
        for body in (first, first, second)
    )

    assert one == again
    assert (one == other) == (DEFAULTS | first == DEFAULTS | second)


@pytest.fixture
async def toy(
    servers: Servers, dsn: str, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """The toy's API."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsn)
    set_broker(monkeypatch, corner)
    async with running_service(compose(), only=["api"]) as running:
        yield running


async def test_requests_at_once_with_one_key_are_done_once_and_the_key_isnt_kept(toy: Running) -> None:
    once = {"Idempotency-Key": "kim@example.org"}

    answers = await asyncio.gather(*(toy.http.post("/tallies/a", headers=once) for _ in range(8)))

    assert {(answer.status_code, answer.json()["version"]) for answer in answers} == {(201, 1)}
    [kept] = await toy.pool.fetch("SELECT k::text, encode(key, 'escape') AS key FROM kept_answer k")
    assert "example" not in str(dict(kept))


async def test_answers_expire_page_by_page_after_their_days(
    toy: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answers, "PAGE", 2)
    for n in range(5):
        await toy.http.post("/tallies/a", headers={"Idempotency-Key": f"k{n}"})
    await toy.pool.execute(
        "UPDATE kept_answer SET at = now() - interval '7 days 1 minute' WHERE (answer->>'version')::int <= 3"
    )

    removed = [await remove_expired(toy.pool, 7) for _ in range(3)]

    assert removed == [2, 1, 0]
    again = await toy.http.post("/tallies/a", headers={"Idempotency-Key": "k4"})
    assert again.json() == {"version": 5}
    anew = await toy.http.post("/tallies/a", headers={"Idempotency-Key": "k0"})
    assert anew.json() == {"version": 6}
