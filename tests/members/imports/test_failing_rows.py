"""A row, or a list, that raises what nobody expects: it alone is bad, and the others are taken."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from services.members.imports import chunks, plans, processing, unexpected, work
from services.members.imports.rows import RowReader
from services.members.members import joining
from services.members.members.audience_ids import AudienceIds
from shared.messaging.kafka import Kafka
from shared.runtime.attempts import MOST_LOST
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from tests.members.uploads import describe_organisations, post_list
from tests.raised import PASSING, RAISED, raising, work_through

MAPPING = b'organisation = "daad"\n[columns]\ngiven_name = "first"\nfamily_name = "last"\nemail = "mail"\n'
ALL = {f"{type(error).__name__}@example.org": error for error in RAISED}
STEPS: dict[str, tuple[Any, str, Callable[..., BaseException | None]]] = {
    "reading": (RowReader, "read_row", lambda _reader, cells, _repeats: _pick(cells)),
    "joining": (joining, "join_members", lambda _tx, _ids, commands: _pick(c.email for c in commands)),
    "planning": (plans, "plan_joins", lambda _tx, _ids, _which, commands: _pick(c.email for c in commands)),
}


def _pick(addresses: Any) -> BaseException | None:
    return next((ALL[address] for address in addresses if address in ALL), None)


def write_list(addresses: Sequence[str]) -> bytes:
    return "\n".join(["first,last,mail", *(f"Kim,Beispiel,{address}" for address in addresses)]).encode()


async def upload(members: Running, addresses: Sequence[str], *, dry_run: bool = False) -> str:
    answer = await post_list(members, write_list(addresses), MAPPING, dry_run=dry_run)
    return str(answer.headers["Location"])


async def import_all(members: Running) -> None:
    audience_ids = AudienceIds(b"s" * 32)
    await work_through(lambda pool: work.import_rows(pool, audience_ids=audience_ids), members.pool)


async def read(members: Running, location: str) -> Any:
    return (await members.http.get(location)).json()


@pytest.mark.parametrize("step", STEPS)
async def test_whatever_one_row_raises_it_alone_is_bad(
    service: Service, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    module, name, find = STEPS[step]
    monkeypatch.setattr(module, name, raising(getattr(module, name), find))
    async with running_service(service) as members:
        await describe_organisations(members)
        addresses = ["ann@example.org", *ALL, "bob@example.org", "cy@example.org"]
        location = await upload(members, addresses, dry_run=step == "planning")

        await import_all(members)

        done = await read(members, location)
        assert (done["state"], done["joined"], done["bad"]) == ("done", 3, len(ALL))
        problems = (await members.http.get(f"{location}/problems")).json()["items"]
        found = [(problem["line"], problem["reason"]) for problem in problems]
        assert found == [(3 + n, "unexpected") for n in range(len(ALL))]


async def test_where_too_many_rows_raise_the_import_fails_and_the_next_one_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (processing, unexpected):
        monkeypatch.setattr(module, "MOST_UNEXPECTED", 3)
    async with running_service(service) as members:
        await describe_organisations(members)
        for name in ("reading", "joining"):
            module, attribute, find = STEPS[name]
            with monkeypatch.context() as failing:
                failing.setattr(module, attribute, raising(getattr(module, attribute), find))
                bad = await upload(members, list(ALL))
                good = await upload(members, [f"{name}@example.org"])
                await import_all(members)
            assert (await read(members, bad))["state"] == "failed"
            assert (await read(members, good))["joined"] == 1


async def test_whatever_a_list_raises_its_import_fails_and_the_next_one_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        bad = {await upload(members, ["ann@example.org"]): error for error in (*RAISED, *PASSING)}
        good = await upload(members, ["bob@example.org"])
        find = lambda _tx, which: bad.get(f"/imports/{which}")  # noqa: E731
        monkeypatch.setattr(chunks, "take_chunk", raising(chunks.take_chunk, find))

        await import_all(members)

        assert {(await read(members, location))["state"] for location in bad} == {"failed"}
        assert (await read(members, good))["joined"] == 1


async def test_a_list_that_ends_its_process_each_time_fails_and_the_next_one_goes_on(
    service: Service, kafka: Kafka
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        deadly = await upload(members, ["ann@example.org"])
        good = await upload(members, ["bob@example.org"])
        words = ("-m", "services.members", "serve", "--only", "work")
        environment = os.environ | {"ALUMNIBUS_FAILPOINT": "import.committing", "ALUMNIBUS_HTTP_PORT": "0"}
        process = await asyncio.create_subprocess_exec(sys.executable, *words, env=environment)
        assert await process.wait() == -signal.SIGKILL

        counted = "UPDATE attempt SET begun = $1, until = now() WHERE begun = 1 RETURNING item"
        assert await members.pool.fetchval(counted, MOST_LOST) == deadly.rpartition("/")[2]
        await import_all(members)

        assert (await read(members, deadly))["state"] == "failed"
        assert (await read(members, good))["joined"] == 1
