"""After a restore of notifications there is nothing to publish again, and the procedure says so."""

from tests.notifications.conftest import StartService
from tests.shared.operations.command_line import said


async def test_republishing_after_a_restore_has_nothing_to_do_here(start: StartService) -> None:
    async with start() as service:
        answer = await said(service.app.state.service, "republish", "--restored")

    assert answer == (
        0,
        "wrote 0 messages for the relay to send (no topics)\nwithdrew 0 that have no row any more (no topics)\n",
    )
