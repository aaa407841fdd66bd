"""A relay whose cursor is lost, or older than it was."""

from tests.faults.interleaved import interleave_transactions
from tests.faults.row import Row
from tests.faults.stage import Stage

RESTORE = (
    "UPDATE relay SET seen = $1::text::pg_snapshot, upto = $2::text::pg_snapshot, last_id = $3, epoch = $4"
)


async def lose_cursor(stage: Stage) -> None:
    """The cursor's row is deleted under its relay, beside transactions that commit in another order than they
    began. Then the relay is killed, and finds the cursor as it was long before. Nobody needs to do anything."""
    writer, _ = await stage.start_both()
    async with stage.under_load(writer):
        await stage.wait_until_settled()
        older = await stage.pool.fetchrow("SELECT seen::text, upto::text, last_id, epoch FROM relay")
        assert older is not None
        async with stage.inject_fault("cursor lost"):
            await interleave_transactions(stage)
            await stage.pool.execute("DELETE FROM relay")
            await interleave_transactions(stage)
        async with stage.inject_fault("cursor restored to an older state"):
            writer.kill()
            await stage.pool.execute(RESTORE, *older)
            await writer.start_and_wait()


ROWS = (Row(12, "the relay's cursor lost, and restored to an older state", lose_cursor),)
