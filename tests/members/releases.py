"""A release of members at the moment when a test wants it."""

from services.members.members import work
from services.members.members.audience_ids import AudienceIds
from shared.testing.services import Running

DAY = 24 * 60 * 60


async def release_members(
    running: Running, *, minimum: int = 1, due: bool = True, whole: bool = False
) -> int:
    """A release, whose time has come if it is `due`; `whole`: the first of a day. Returns how many it is about."""
    if due:
        await running.pool.execute(
            "UPDATE release SET at = now() - interval '1 day', whole_at = now() - $1 * interval '1 day'",
            int(whole),
        )
    audience_ids: AudienceIds = running.app.state.audience_ids
    return await work.release_members(running.pool, audience_ids, interval=DAY, minimum=minimum)
