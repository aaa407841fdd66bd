"""Positions in front of which records are missing."""

from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.faults.cleaning import EAGER, eager_cleaning
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

RECOVERY_SECONDS = 60.0


async def open_gap(stage: Stage) -> None:
    """While the consumer is away the broker takes out what lies in front of its position; it goes on behind it."""
    writer, reader = await stage.start_both()
    stage.compacted = True
    async with stage.under_load(writer):
        await stage.wait_until_settled()
        async with (
            eager_cleaning(stage.kafka, EAGER),
            stage.inject_fault("gap in front of the position", seconds=RECOVERY_SECONDS),
        ):
            await reader.stop()
            stage.measurements["partitions with a gap"] = await eventually(
                lambda: count_gaps(stage), seconds=60
            )
            await reader.start_and_wait()


async def count_gaps(stage: Stage) -> int:
    """In how many partitions the record at the position is gone, and there are others behind it."""
    offsets: dict[int, list[int]] = {}
    for record in await read_records(stage.kafka, ACCOUNT.name):
        offsets.setdefault(record.partition, []).append(record.offset)
    rows = await stage.pool.fetch("SELECT partition, next FROM position")
    places = [(row["next"], offsets.get(row["partition"], [])) for row in rows]
    return sum(place not in found and place < max(found, default=0) for place, found in places)


ROWS = (Row(13, "a compacted gap in front of a position", open_gap, gentle=True),)
