"""Messages that are larger than our own limit, or than a limit that the broker has been given behind our back."""

from contextlib import AbstractAsyncContextManager
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


async def oversized(stage: Stage) -> None:
    """A message over our limit is refused at the door, and the largest below it goes all the way. Then the broker
    takes less than we do: the relay says so, and what is behind waits until the broker takes it."""
    writer, _ = await stage.both()
    async with stage.load(writer):
        async with stage.fault("a message over our limit"):
            await refused(stage, writer)
            await asked_all(stage, writer, LARGEST)
        await configure_topic(stage.kafka, ACCOUNT, {"max.message.bytes": str(LOWERED)})
        await enter_both(stage)
        await eventually(lambda: troubled(writer, REFUSAL), seconds=60)
        held = await sent(stage)
        await eventually(lambda: piled_up(stage))
        async with stage.fault("the broker's limit below ours"):
            await configure_topic(stage.kafka, ACCOUNT, {})
        assert await probes.checks(writer) == {"database": "ok", "relay": "ok"}, (
            "the relay is still in trouble"
        )
    assert REFUSAL in writer.log.read_text("utf-8"), "the relay's log doesn't say why it waited"
    assert held == len(ACCOUNTS), (
        f"{held} messages of the large accounts were on the topic before the limit was raised"
    )


async def refused(stage: Stage, writer: Process) -> None:
    """The door says that it is too large, and nothing of it is there."""
    answer = await asked(stage, writer, ACCOUNTS[0], TOO_LARGE)
    assert answer.status_code == 413, f"the door answered {answer.status_code} to a message that is too large"
    assert not await stage.pool.fetchval(
        "SELECT EXISTS (SELECT FROM account WHERE account = $1)", ACCOUNTS[0]
    )


async def asked_all(stage: Stage, writer: Process, padding: int) -> None:
    """One entry with a message of this size in each of the accounts."""
    for account in ACCOUNTS:
        answer = await asked(stage, writer, account, padding)
        assert answer.status_code == 201, f"the door answered {answer.status_code} to {padding} bytes"


async def enter_both(stage: Stage) -> None:
    """In each account a large entry and then a smaller one, all in one transaction, so in one page of the relay."""
    asked_for = [(account, padding, value()) for padding in IN_ONE_PAGE for account in ACCOUNTS]
    async with book(stage) as noted:
        for account, _, own in asked_for:
            await noted.note("issued", value=own, account=account)
        async with transaction(stage.pool) as tx:
            made = {
                own: await entries.enter(tx, account, own, padding) for account, padding, own in asked_for
            }
        for own, version in made.items():
            await noted.note("acknowledged", value=own, version=version)


async def asked(stage: Stage, writer: Process, account: str, padding: int) -> httpx.Response:
    """Ask the door for an entry whose message has so many bytes of padding; it is noted in the ledger."""
    own = value()
    async with book(stage) as noted, httpx.AsyncClient(base_url=writer.door, timeout=30) as http:
        await noted.note("issued", value=own, account=account)
        answer = await http.post(f"/accounts/{account}/entries", json={"value": own, "padding": padding})
        if answer.is_success:
            await noted.note("acknowledged", value=own, version=answer.json()["version"])
        else:
            await noted.note("refused", value=own)
    return answer


def book(stage: Stage) -> AbstractAsyncContextManager[Book]:
    """The ledger of this row's own operations."""
    path = stage.folder / "ledger-large.jsonl"
    if path not in stage.ledgers:
        stage.ledgers.append(path)
    return ledger.opened(path)


def value() -> str:
    """The unique id of an operation."""
    return f"large-{uuid4()}"


async def troubled(writer: Process, trouble: str) -> bool:
    return (await probes.checks(writer))["relay"] == trouble


async def piled_up(stage: Stage) -> bool:
    """Whether more waits to be sent than fits a page of the relay."""
    lag = await stage.pool.fetchval("SELECT (SELECT count(*) FROM entry) - (SELECT count(*) FROM effect)")
    return bool(lag > 600)


async def sent(stage: Stage) -> int:
    """How many versions of the large accounts are on the topic."""
    found = await read_records(stage.kafka, ACCOUNT.name)
    return len({record.headers for record in found if record.key.decode() in ACCOUNTS})


ROWS = (Row(10, "an oversized message; the broker's limit below ours", oversized, gentle=True),)
