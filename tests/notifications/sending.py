"""Sending in tests: mails that are due, and how far it is."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer

NOW = datetime.now(UTC)


async def invite(service: Running, members: Sequence[UUID], organisation: str = "daad") -> None:
    """Have composed invitations for these members."""
    await receive(service, ORGANISATION, [build.organisation(organisation)])
    invited = [build.profile(m, organisations=(organisation,), invited_at=NOW) for m in members]
    await receive(service, PROFILE, invited)
    while await run_worker(service, "compose"):
        pass


async def end_leases(service: Running) -> None:
    """Let every lease end now, as if its time were over."""
    await service.pool.execute("UPDATE delivery SET due_at = now() WHERE lease IS NOT NULL")


async def count_states(service: Running) -> Counter[str]:
    """How many deliveries there are by state."""
    return Counter(entry["state"] for entry in await list_entries(service))


async def has_states(service: Running, expected: dict[str, int]) -> bool:
    """Whether there are so many deliveries by state, and no others."""
    return await count_states(service) == expected


async def is_tried(server: MailServer, times: int = 1) -> bool:
    """Whether the server was given so many mails."""
    return server.tried >= times
