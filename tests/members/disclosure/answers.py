"""What the other services tell of a member who asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from services.members.consumers import ROUTES
from services.members.disclosure import work
from shared.contracts.catalogue import DISCLOSURE, DISCLOSURES, Topic
from shared.contracts.members import Disclosure, DisclosurePart
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox

TOLD = '{"registrations": [{"title": "Kolloquium <b>& Empfang"}]}'


async def read_requests(members: Running) -> list[Disclosure]:
    """What the other services were asked, in its order."""
    return [
        Disclosure.model_validate(data) for _, _, data in await read_outbox(members.pool, DISCLOSURE.name)
    ]


async def answer(
    members: Running, topic: Topic, asked: Disclosure, contents: Sequence[str] = (TOLD,)
) -> None:
    """Let the owner of this topic tell this, each content in a part and a message of its own."""
    for number, content in enumerate(contents, 1):
        part = DisclosurePart(
            member=asked.member,
            asked_at=asked.asked_at,
            part=number,
            last=number == len(contents),
            content=content,
        )
        await take(members, topic, part)


async def take(members: Running, topic: Topic, part: DisclosurePart) -> None:
    """Let members' consumer take one part."""
    message: Message[Any] = Message(
        uuid4(), "PartDisclosed", str(part.member), part.part, datetime.now(UTC), part, ""
    )
    async with transaction(members.pool) as tx:
        await ROUTES[topic](tx, [message])


async def tell_own(members: Running) -> None:
    """Let members tell what it holds itself."""
    while await work.DISCLOSING.step(members.pool):
        pass


async def gather_all(members: Running) -> None:
    """Let all services tell what was asked last."""
    *_, asked = await read_requests(members)
    for topic in DISCLOSURES:
        await answer(members, topic, asked)
    await tell_own(members)


async def count_kept(members: Running, member: UUID) -> int:
    """How many rows are kept for the member's download."""
    tables = ("disclosure", "disclosure_answer", "disclosure_part", "disclosing")
    counts = [
        await members.pool.fetchval(f"SELECT count(*) FROM {table} WHERE member = $1", member)
        for table in tables
    ]
    return sum(counts)
