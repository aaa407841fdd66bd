"""Records are refused: an operator sees where they lie, dismisses the alarm, or has them read when they were true."""

import re

import pytest

from shared.messaging.kafka import Kafka
from shared.messaging.outbox import GENERATION
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS
from shared.testing.services import running_service
from tests.operations.operator import Log, walking
from tests.shared.toy.app import compose
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import took_effect
from tests.shared.toy.tallies import TALLY

REFUSED = 'alumnibus_consumer_refused_records{consumer="toy"}'
FORGED = raised("a", 7, source="/alumnibus/stranger")
RESTORED = raised("a", 2, sequence=str(9 * GENERATION + 2))


async def test_what_was_refused_is_shown_dismissed_and_read_again_when_it_was_true(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    async with walking("Records are refused", log) as operator:
        async with running_service(compose(), PARTS) as running:
            service = running.app.state.service
            await write(corner, [raised("a", 1), FORGED, raised("b", 1)], partition=0)
            await took_effect(pool, {"a": [1], "b": [1]})
            await operator.watches(running, REFUSED, 1, 1)
            await operator.hears("message.refused.alarm", topic=TALLY.name, first_offset=1)
            await operator.all_is_well(running)

            assert words(await operator.does(service, "refused list"))[0][:6] == [
                TALLY.name,
                "0",
                "its source isn't the owner of the topic",
                *("1", "1", "1"),
            ]
            assert await operator.does(service, "refused dismiss") == "dismissed 1 records\n"
            await operator.watches(running, REFUSED, 0, 0)

            await write(corner, [RESTORED, raised("b", 2)], partition=0)
            await took_effect(pool, {"a": [1], "b": [1, 2]})
            told = await operator.does(
                service, "refused accept OWNER GENERATION", OWNER=TALLY.owner, GENERATION=9
            )
            assert told == "toy has reached generation 9: 1 partitions are read again\n"
        async with running_service(compose(), PARTS):
            await took_effect(pool, {"a": [1, 2], "b": [1, 2]})


def words(printed: str) -> list[list[str]]:
    """The words of a table that a command printed, without its head."""
    return [re.split(r"  +", line) for line in printed.splitlines()[1:]]
