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

# One message in a thousand is poison: one of each kind. Most are written to the topic at once, a few come by the door.
EVERY = 1000
CHUNK = 100
BY_DOOR = 15
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


async def poisoned(stage: Stage) -> None:
    """Poison of each kind, one message in a thousand: only those keys wait, and the others' p99 is as it was before. A
    type that nobody knows is state. Then a release that fails for many keys: at the ceiling the consumer stops, and
    says so, until there is room."""
    writer = stage.writer()
    ceiling = {"ALUMNIBUS_PARKED_CEILING": str(CEILING)}
    reader = stage.process("reader", "serve", "--only=consumers", environment=ceiling)
    await asyncio.gather(writer.start(), reader.start())
    async with stage.load(writer), open_producer(stage.kafka) as producer:
        topic = Topic(stage, producer)
        await stage.settle()
        await topic.healthy(EVERY)
        before = await p99(stage, topic.healthy(3 * EVERY))
        during = await p99(stage, poisoning(stage, topic))
        told(stage, before, during)
        await unknown_type(stage, topic, reader)
        await only_those_wait(stage)
        async with stage.fault("ceiling reached"):
            await ceiling_reached(stage, reader)
            await operators_clear(stage, reader)
        assert (await probes.checks(reader))["consumer"] == "ok", "the consumer is still in trouble"


async def p99(stage: Stage, traffic: Awaitable[None]) -> float:
    """Commit → applied of the entries that are made during this traffic, in ms, without those of poisoned keys."""
    begun = await now(stage)
    await traffic
    ended = await now(stage)
    await eventually(lambda: applied(stage, begun, ended))
    return float(await stage.pool.fetchval(P99_MS, begun, ended, list(KEYS)))


async def applied(stage: Stage, begun: datetime, ended: datetime) -> bool:
    return not await stage.pool.fetchval(UNAPPLIED, begun, ended, list(KEYS))


async def poisoning(stage: Stage, topic: "Topic") -> None:
    """One message in a thousand is poison, and a right one of the same key follows it."""
    for kind in UNREADABLE:
        await topic.write(spoiled(stage, kind), foreign(stage, f"poison-{kind}", 2))
        await topic.healthy(EVERY)
    for kind in BREAKING:
        account = f"poison-{kind}"
        await parked.bar(stage, [account], kind)
        await stage.enter(account)
        await stage.enter(account)
        await topic.healthy(EVERY)


def told(stage: Stage, before: float, during: float) -> None:
    """Raises AssertionError if the poison can be felt by the others."""
    stage.figures["p99 without poison, ms"] = before
    stage.figures["p99 with poison, ms"] = during
    stage.figures["p99 with poison / without"] = during / before
    bound = max(UNMOVED * before, UNNOTICED_MS)
    assert during <= bound, f"p99 of the others went from {before:.0f} ms to {during:.0f} ms"


async def unknown_type(stage: Stage, topic: "Topic", reader: Process) -> None:
    """A type of a later build: it is known by its state, and counted."""
    await topic.write(foreign(stage, "later", 1, type="AccountPainted"))
    await eventually(lambda: stage.pool.fetchval("SELECT value FROM known WHERE account = 'later'"))
    counted = await probes.figure(reader, "alumnibus_consumer_unknown_type_total")
    assert counted == 1, f"{counted:g} messages of unknown types were counted"


async def only_those_wait(stage: Stage) -> None:
    """Each poisoned key waits with the message behind, and no other."""
    expected = dict.fromkeys(KEYS, 2)
    waiting = await parked.waiting(stage)
    assert waiting == expected, f"parked are {waiting}"


async def ceiling_reached(stage: Stage, reader: Process) -> None:
    """Many keys break the verb. The consumer's process lives, says what is wrong, and applies nothing more."""
    await parked.bar(stage, MANY)
    await stage.enter(*MANY)
    await eventually(lambda: troubled(reader))
    stands = await position(stage)
    await more(stage, 4 * BY_DOOR)
    assert await troubled(reader), "the consumer does not say any more that it waits"
    assert await position(stage) == stands, "the consumer went on above the ceiling"
    assert len(await parked.waiting(stage)) == CEILING, "not as many keys are parked as may be"


async def operators_clear(stage: Stage, reader: Process) -> None:
    """The verb is mended. What can be applied is replayed, what nobody can read is dropped, until nothing waits."""
    await parked.unbar(stage)
    first = parked.operator(stage, "drop", ACCOUNT.name, "poison-bytes", "--reason=unreadable")
    first.begin()
    assert await parked.said(first) == "dropped 2 messages"
    await eventually(lambda: cleared(stage, reader))


async def cleared(stage: Stage, reader: Process) -> bool:
    """Whether the consumer goes on and nothing waits any more; what waits is tried."""
    goes_on = (await probes.checks(reader))["consumer"] == "ok"
    waiting = await parked.waiting(stage)
    async with await open_pool(stage.dsn, SCHEMA, size=1) as pool:
        for account in waiting:
            key = ParkedKey(ACCOUNT.name, account)
            if account.removeprefix("poison-") in UNREADABLE:
                async with transaction(pool) as tx:
                    await parking.drop_key(tx, key, "unreadable")
            else:
                await replay_key(pool, ROUTES, key)
    return goes_on and not waiting


async def troubled(reader: Process) -> bool:
    return (await probes.checks(reader))["consumer"] == "CeilingReached"


async def more(stage: Stage, messages: int) -> None:
    """Return when so many more entries were made."""
    begun = await made(stage)

    async def enough() -> bool:
        return await made(stage) >= begun + messages

    await eventually(enough, seconds=60)


async def made(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM entry"))


async def position(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT sum(next) FROM position"))


async def now(stage: Stage) -> datetime:
    moment: datetime = await stage.pool.fetchval("SELECT clock_timestamp()")
    return moment


def foreign(stage: Stage, account: str, version: int, **attributes: str) -> Foreign:
    """A right message that the service has not sent."""
    own = uuid7()
    stage.forged.add(own)
    state = Account(account=account, version=version, value=f"{account}-{version}")
    headers = binary(version, id=own, **{"type": "EntryMade", **attributes})
    return Foreign(account.encode(), state.model_dump_json().encode(), headers)


def spoiled(stage: Stage, kind: str) -> Foreign:
    """A message that can't be read."""
    right = foreign(stage, f"poison-{kind}", 1)
    match kind:
        case "bytes":
            return right._replace(value=bytes(range(256)))
        case "header":
            return right._replace(headers=[*right.headers, ("trace", b"\xff\xfe")])
        case _:
            return right._replace(value=b'{"account": "poison", "version": "many", "value": 1}')


class Topic:
    """The topic, as somebody else writes to it."""

    def __init__(self, stage: Stage, producer: AIOKafkaProducer) -> None:
        self._stage = stage
        self._producer = producer
        self._name = stage.kafka.topic_name(ACCOUNT.name)
        self._versions: Counter[str] = Counter()

    async def write(self, *messages: Foreign) -> None:
        """Write these, in order."""
        written = []
        for key, value, headers in messages:
            place = partition_of(key, ACCOUNT.partitions)
            written.append(
                await self._producer.send(self._name, value, key, partition=place, headers=headers)
            )
        await asyncio.gather(*written)

    async def healthy(self, messages: int) -> None:
        """Right messages, while some come by the door as well."""
        for _ in range(messages // CHUNK):
            await self.write(*(self._next(f"healthy{number}") for number in range(CHUNK - BY_DOOR)))
            await more(self._stage, BY_DOOR)

    def _next(self, account: str) -> Foreign:
        self._versions[account] += 1
        return foreign(self._stage, account, self._versions[account])


ROWS = (Row(7, "poison of each kind, up to the ceiling", poisoned),)
