"""Messages that are larger than our own limit, or than a limit that the broker has been given behind our back."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import httpx

from shared.postgres.pool import transaction
from shared.testing.kafka import configure_topic, read_records
from shared.testing.waiting import eventually
from tests.faults import ledger, probes
from tests.faults.ledger import Book
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service import entries
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

# Our own limit is 900,000 bytes for a message's data.
LARGEST = 899_000
TOO_LARGE = 900_001
LOWERED = 100_000
# The two don't fit one batch, so the second travels alone, and the broker would take it without the first.
IN_ONE_PAGE = (510_000, 30_000)
ACCOUNTS = tuple(f"large{number}" for number in range(8))
REFUSAL = "MessageSizeTooLargeError"


async def send_oversized(stage: Stage) -> None:
    """A message over our limit is refused by the API, and the largest below it arrives. Then the broker
    takes less than we do: the relay reports it, and what is behind waits until the broker takes it."""
    writer, _ = await stage.start_both()
    async with stage.under_load(writer):
        async with stage.inject_fault("a message over our limit"):
            await require_refused(stage, writer)
            await ask_for_all(stage, writer, LARGEST)
        await configure_topic(stage.kafka, ACCOUNT, {"max.message.bytes": str(LOWERED)})
        await enter_both(stage)
        await eventually(lambda: has_trouble(writer, REFUSAL), seconds=60)
        held = await count_sent(stage)
        await eventually(lambda: has_piled_up(stage))
        async with stage.inject_fault("the broker's limit below ours"):
            await configure_topic(stage.kafka, ACCOUNT, {})
        assert await probes.read_checks(writer) == {"database": "ok", "relay": "ok"}, (
            "the relay is still in trouble"
        )
    assert REFUSAL in writer.log.read_text("utf-8"), "the relay's log doesn't name why it waited"
    assert held == len(ACCOUNTS), (
        f"{held} messages of the large accounts were on the topic before the limit was raised"
    )


async def require_refused(stage: Stage, writer: Process) -> None:
    """The API answers that it is too large, and nothing of it is there."""
    answer = await ask_for_entry(stage, writer, ACCOUNTS[0], TOO_LARGE)
    assert answer.status_code == 413, f"the API answered {answer.status_code} to a message that is too large"
    assert not await stage.pool.fetchval(
        "SELECT EXISTS (SELECT FROM bank_account WHERE account = $1)", ACCOUNTS[0]
    )


async def ask_for_all(stage: Stage, writer: Process, padding: int) -> None:
    """One entry with a message of this size in each of the accounts."""
    for account in ACCOUNTS:
        answer = await ask_for_entry(stage, writer, account, padding)
        assert answer.status_code == 201, f"the API answered {answer.status_code} to {padding} bytes"


async def enter_both(stage: Stage) -> None:
    """In each account a large entry and then a smaller one, all in one transaction, so in one page of the relay."""
    asked_for = [(account, padding, new_value()) for padding in IN_ONE_PAGE for account in ACCOUNTS]
    async with own_book(stage) as lines:
        for account, _, own in asked_for:
            await lines.write_line("issued", value=own, account=account)
        async with transaction(stage.pool) as tx:
            made = {
                own: await entries.enter_value(tx, account, own, padding)
                for account, padding, own in asked_for
            }
        for own, version in made.items():
            await lines.write_line("acknowledged", value=own, version=version)


async def ask_for_entry(stage: Stage, writer: Process, account: str, padding: int) -> httpx.Response:
    """Ask the API for an entry whose message has so many bytes of padding; it is written to the ledger."""
    own = new_value()
    async with own_book(stage) as lines, httpx.AsyncClient(base_url=writer.base_url, timeout=30) as http:
        await lines.write_line("issued", value=own, account=account)
        answer = await post_patiently(
            http, f"/accounts/{account}/entries", {"value": own, "padding": padding}
        )
        if answer.is_success:
            await lines.write_line("acknowledged", value=own, version=answer.json()["version"])
        else:
            await lines.write_line("refused", value=own)
    return answer


async def post_patiently(http: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    """The answer to a command, sent again as often as it was refused as overload: nothing of it was done."""

    async def ask() -> httpx.Response | None:
        answer = await http.post(path, json=body)
        return None if "/problems/overloaded" in answer.text else answer

    served = await eventually(ask)
    assert served is not None
    return served


def own_book(stage: Stage) -> AbstractAsyncContextManager[Book]:
    """The ledger of this row's own operations."""
    path = stage.folder / "ledger-large.jsonl"
    if path not in stage.ledgers:
        stage.ledgers.append(path)
    return ledger.open_book(path)


def new_value() -> str:
    """The unique id of an operation."""
    return f"large-{uuid4()}"


async def has_trouble(writer: Process, trouble: str) -> bool:
    return (await probes.read_checks(writer))["relay"] == trouble


async def has_piled_up(stage: Stage) -> bool:
    """Whether more waits to be sent than fits a page of the relay."""
    lag = await stage.pool.fetchval("SELECT (SELECT count(*) FROM entry) - (SELECT count(*) FROM effect)")
    return bool(lag > 600)


async def count_sent(stage: Stage) -> int:
    """How many versions of the large accounts are on the topic."""
    found = await read_records(stage.kafka, ACCOUNT.name)
    return len({record.headers for record in found if record.key.decode() in ACCOUNTS})


ROWS = (Row(10, "an oversized message; the broker's limit below ours", send_oversized, gentle=True),)
