"""Messages don't leave: the broker refuses them, or another session holds the leader's lock; nothing is lost."""

import signal
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.messaging import day_partitions, outbox
from shared.messaging.kafka import Kafka
from shared.messaging.relay import in_doubt
from shared.postgres.pool import Pool, transaction
from shared.runtime.service import PARTS
from shared.testing.kafka import read_records
from shared.testing.services import running_service
from tests.operations.operator import Log, Operator
from tests.shared.messaging.consumer.test_gaps import administering
from tests.shared.messaging.relay.ordering import session
from tests.shared.toy.app import compose
from tests.shared.toy.parts import count_up, took_effect
from tests.shared.toy.processes import KILLED, serving, start
from tests.shared.toy.tallies import TALLY, Tally

AGE = 'alumnibus_outbox_age_seconds{schema="toy"}'
LEADER = 'alumnibus_relay_leader{schema="toy"}'


async def limit(kafka: Kafka, own: dict[str, str]) -> None:
    """Give the toy's topic these settings besides those of the catalogue."""
    settings = {**TALLY.settings, **own}
    async with administering(kafka) as admin:
        name = kafka.topic_name(TALLY.name)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, settings)])


async def test_messages_that_the_broker_finds_too_large_wait_until_its_limit_is_raised(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    operator = Operator(log)
    await limit(corner, {"max.message.bytes": "2000"})
    async with running_service(compose(), PARTS) as running:
        async with transaction(pool) as tx:
            large = Tally(tally="large", version=1, padding="x" * 10_000)
            await outbox.put_one(tx, TALLY, "large", "TallyRaised", 1, large)
        await operator.sees(running, "relay", "MessageSizeTooLargeError")
        await operator.hears("relay.lead.failed", error="MessageSizeTooLargeError")
        await count_up(pool, "a", 2)
        await operator.watches(running, AGE, 1)

        await limit(corner, {})
        await took_effect(pool, {"large": [1], "a": [1, 2]})
        await operator.all_is_well(running)
        await operator.watches(running, AGE, 0, 0)


async def test_behind_another_session_messages_wait_for_days_and_none_is_dropped(
    toy: pytest.MonkeyPatch, dsn: str, pool: Pool, corner: Kafka, log: Log
) -> None:
    operator, old = Operator(log), datetime.now(UTC).date() - timedelta(days=9)
    async with transaction(pool) as tx:
        await day_partitions.create_day(tx, old)
    await count_up(pool, "a", 2)
    await pool.execute("UPDATE outbox SET at = at - interval '9 days'")
    async with session(dsn) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('relay toy'))")
        async with running_service(compose(), PARTS) as running:
            await operator.watches(running, AGE, 9 * 86_400)
            await operator.hears("outbox.unsent.alarm", days=9.0)
            await operator.hears("partition.drop.unsent", partition=f"outbox_{old:%Y%m%d}")
            await operator.sees(running, "relay", "ok")
            assert await operator.figure(running, LEADER) == 0

            await other.execute("SELECT pg_advisory_unlock_all()")
            await took_effect(pool, {"a": [1, 2]})
            await operator.watches(running, LEADER, 1)
            await operator.watches(running, AGE, 0, 0)
            await operator.all_is_well(running)


async def test_a_leader_whose_process_stands_still_loses_its_lock_to_another(
    toy: pytest.MonkeyPatch, dsn: str, pool: Pool, corner: Kafka, log: Log
) -> None:
    async with serving(dsn, corner, only=("relay",), program="tests.operations.lease") as leader:
        leader.process.send_signal(signal.SIGSTOP)
        try:
            await count_up(pool, "a", 2)
            async with running_service(compose(), PARTS) as running:
                await took_effect(pool, {"a": [1, 2]})
                await Operator(log).watches(running, LEADER, 1)
        finally:
            leader.process.send_signal(signal.SIGCONT)


async def test_after_a_crash_the_newest_messages_go_out_again_without_a_second_effect(
    toy: pytest.MonkeyPatch, dsn: str, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setattr(in_doubt, "IN_FLIGHT_SECONDS", 0)
    await count_up(pool, "a", 2)
    crashed = await start(dsn, corner, ["serve", "--only=relay"], "relay.sent")
    assert await crashed.wait() == KILLED

    async with running_service(compose(), PARTS) as running:
        await Operator(log).hears("relay.in_doubt.resent", messages=1)
        await count_up(pool, "b")
        await took_effect(pool, {"a": [1, 2], "b": [1]})
        await Operator(log).all_is_well(running)
    assert len(await read_records(corner, TALLY.name)) == 6
