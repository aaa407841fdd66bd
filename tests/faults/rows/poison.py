"""Messages that can't be applied, of each kind, and so many of them that the consumer must stop."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import datetime

from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.messaging.kafka import partition_of
from shared.operations.replay import replay_key
from shared.postgres.pool import open_pool, transaction
from shared.testing.kafka import open_producer
from shared.testing.waiting import eventually
from tests.faults import parked, probes
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT, ROUTES, SCHEMA, Account
from tests.faults.stage import Stage
from tests.shared.toy.partner import Foreign, binary

# One message in a thousand is poison: one of each kind. Most are written to the topic at once, a few come by the API.
EVERY = 1000
CHUNK = 100
BY_API = 15
UNREADABLE = ("bytes", "header", "schema")
BREAKING = ("bug", "constraint")
KEYS = {f"poison-{kind}" for kind in (*UNREADABLE, *BREAKING)}
UNMOVED = 3.0
UNNOTICED_MS = 100.0
CEILING = 10
MANY = tuple(f"many{number}" for number in range(2 * CEILING))

P99_MS = """
SELECT 1000 * extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY effect.at - entry.at))
FROM entry JOIN effect USING (account, version) WHERE entry.at >= $1 AND entry.at < $2 AND account <> ALL($3)"""


UNAPPLIED = """
SELECT EXISTS (
    SELECT FROM entry LEFT JOIN effect USING (account, version)
    WHERE entry.at >= $1 AND entry.at < $2 AND account <> ALL($3) AND effect.id IS NULL)"""


async def poison_topic(stage: Stage) -> None:
    """Poison of each kind, one message in a thousand: only those keys wait, and the others' p99 is as it was before. A
    type that nobody knows is state. Then a release that fails for many keys: at the ceiling the consumer stops, and
    says so, until there is room."""
    writer = stage.add_writer()
    ceiling = {"ALUMNIBUS_PARKED_CEILING": str(CEILING)}
    reader = stage.add_process("reader", "serve", "--only=consumers", environment=ceiling)
    await asyncio.gather(writer.start_and_wait(), reader.start_and_wait())
    async with stage.under_load(writer), open_producer(stage.kafka) as producer:
        topic = ForeignWriter(stage, producer)
        await stage.wait_until_settled()
        await topic.write_healthy(EVERY)
        before = await measure_p99(stage, topic.write_healthy(3 * EVERY))
        during = await measure_p99(stage, write_poison(stage, topic))
        require_unnoticed(stage, before, during)
        await write_unknown_type(stage, topic, reader)
        await require_only_poison_waits(stage)
        async with stage.inject_fault("ceiling reached"):
            await reach_ceiling(stage, reader)
            await clear_parked(stage, reader)
        assert (await probes.read_checks(reader))["consumer"] == "ok", "the consumer is still in trouble"


async def measure_p99(stage: Stage, traffic: Awaitable[None]) -> float:
    """Commit → applied of the entries that are made during this traffic, in ms, without those of poisoned keys."""
    begun = await server_time(stage)
    await traffic
    ended = await server_time(stage)
    await eventually(lambda: all_applied(stage, begun, ended))
    return float(await stage.pool.fetchval(P99_MS, begun, ended, list(KEYS)))


async def all_applied(stage: Stage, begun: datetime, ended: datetime) -> bool:
    return not await stage.pool.fetchval(UNAPPLIED, begun, ended, list(KEYS))


async def write_poison(stage: Stage, topic: "ForeignWriter") -> None:
    """One message in a thousand is poison, and a right one of the same key follows it."""
    for kind in UNREADABLE:
        await topic.write_messages(
            unreadable_message(stage, kind), foreign_message(stage, f"poison-{kind}", 2)
        )
        await topic.write_healthy(EVERY)
    for kind in BREAKING:
        account = f"poison-{kind}"
        await parked.fail_accounts(stage, [account], kind)
        await stage.enter_values(account)
        await stage.enter_values(account)
        await topic.write_healthy(EVERY)


def require_unnoticed(stage: Stage, before: float, during: float) -> None:
    """Raises AssertionError if the poison can be felt by the others."""
    stage.measurements["p99 without poison, ms"] = before
    stage.measurements["p99 with poison, ms"] = during
    stage.measurements["p99 with poison / without"] = during / before
    bound = max(UNMOVED * before, UNNOTICED_MS)
    assert during <= bound, f"p99 of the others went from {before:.0f} ms to {during:.0f} ms"


async def write_unknown_type(stage: Stage, topic: "ForeignWriter", reader: Process) -> None:
    """A type of a later build: it is known by its state, and counted."""
    await topic.write_messages(foreign_message(stage, "later", 1, type="AccountPainted"))
    await eventually(lambda: stage.pool.fetchval("SELECT value FROM known WHERE account = 'later'"))
    counted = await probes.read_metric(reader, "alumnibus_consumer_unknown_type_total")
    assert counted == 1, f"{counted:g} messages of unknown types were counted"


async def require_only_poison_waits(stage: Stage) -> None:
    """Each poisoned key waits with the message behind, and no other."""
    expected = dict.fromkeys(KEYS, 2)
    waiting = await parked.count_waiting(stage)
    assert waiting == expected, f"parked are {waiting}"


async def reach_ceiling(stage: Stage, reader: Process) -> None:
    """The handler fails for many keys. The consumer's process lives, says what is wrong, and applies nothing more."""
    await parked.fail_accounts(stage, MANY)
    await stage.enter_values(*MANY)
    await eventually(lambda: has_reached_ceiling(reader))
    stands = await sum_positions(stage)
    await wait_for_entries(stage, 4 * BY_API)
    assert await has_reached_ceiling(reader), "the consumer does not say any more that it waits"
    assert await sum_positions(stage) == stands, "the consumer went on above the ceiling"
    assert len(await parked.count_waiting(stage)) == CEILING, "not as many keys are parked as may be"


async def clear_parked(stage: Stage, reader: Process) -> None:
    """The handler is mended. What can be applied is replayed, what nobody can read is dropped, until nothing waits."""
    await parked.mend_handler(stage)
    first = parked.parked_command(stage, "drop", ACCOUNT.name, "poison-bytes", "--reason=unreadable")
    first.start_process()
    assert await parked.last_output(first) == "dropped 2 messages"
    await eventually(lambda: nothing_parked(stage, reader))


async def nothing_parked(stage: Stage, reader: Process) -> bool:
    """Whether the consumer goes on and nothing waits any more; what waits is tried."""
    goes_on = (await probes.read_checks(reader))["consumer"] == "ok"
    waiting = await parked.count_waiting(stage)
    async with await open_pool(stage.dsn, SCHEMA, size=1) as pool:
        for account in waiting:
            key = ParkedKey(ACCOUNT.name, account)
            if account.removeprefix("poison-") in UNREADABLE:
                async with transaction(pool) as tx:
                    await parking.drop_key(tx, key, "unreadable")
            else:
                await replay_key(pool, ROUTES, key)
    return goes_on and not waiting


async def has_reached_ceiling(reader: Process) -> bool:
    return (await probes.read_checks(reader))["consumer"] == "CeilingReached"


async def wait_for_entries(stage: Stage, messages: int) -> None:
    """Return when so many more entries were made."""
    begun = await count_entries(stage)

    async def enough_entries() -> bool:
        return await count_entries(stage) >= begun + messages

    await eventually(enough_entries, seconds=60)


async def count_entries(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM entry"))


async def sum_positions(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT sum(next) FROM position"))


async def server_time(stage: Stage) -> datetime:
    moment: datetime = await stage.pool.fetchval("SELECT clock_timestamp()")
    return moment


def foreign_message(stage: Stage, account: str, version: int, **attributes: str) -> Foreign:
    """A right message that the service has not sent."""
    own = uuid7()
    stage.forged.add(own)
    state = Account(account=account, version=version, value=f"{account}-{version}")
    headers = binary(version, id=own, **{"type": "EntryMade", "source": ACCOUNT.source, **attributes})
    return Foreign(account.encode(), state.model_dump_json().encode(), headers)


def unreadable_message(stage: Stage, kind: str) -> Foreign:
    """A message that can't be read."""
    right = foreign_message(stage, f"poison-{kind}", 1)
    match kind:
        case "bytes":
            return right._replace(value=bytes(range(256)))
        case "header":
            return right._replace(headers=[*right.headers, ("trace", b"\xff\xfe")])
        case _:
            return right._replace(value=b'{"account": "poison", "version": "many", "value": 1}')


class ForeignWriter:
    """The topic, as somebody else writes to it."""

    def __init__(self, stage: Stage, producer: AIOKafkaProducer) -> None:
        self._stage = stage
        self._producer = producer
        self._name = stage.kafka.topic_name(ACCOUNT.name)
        self._versions: Counter[str] = Counter()

    async def write_messages(self, *messages: Foreign) -> None:
        """Write these, in order."""
        written = []
        for key, value, headers in messages:
            partition = partition_of(key, ACCOUNT.partitions)
            written.append(
                await self._producer.send(self._name, value, key, partition=partition, headers=headers)
            )
        await asyncio.gather(*written)

    async def write_healthy(self, messages: int) -> None:
        """Right messages, while some come by the API as well."""
        for _ in range(messages // CHUNK):
            await self.write_messages(
                *(self._next_message(f"healthy{number}") for number in range(CHUNK - BY_API))
            )
            await wait_for_entries(self._stage, BY_API)

    def _next_message(self, account: str) -> Foreign:
        self._versions[account] += 1
        return foreign_message(self._stage, account, self._versions[account])


ROWS = (Row(7, "poison of each kind, up to the ceiling", poison_topic),)
