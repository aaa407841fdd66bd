"""A small network of synthetic members, desks and requests, made through the service's own doors."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.matching.consumers import ROUTES
from shared.contracts.catalogue import ERASURE, PROFILE, Topic
from shared.contracts.members import Erasure, Profile
from shared.contracts.model import Contract
from shared.messaging.message import MAX_SEQUENCE, Message
from shared.postgres.pool import transaction
from shared.testing.services import Running

URALS = "ru-sverdlovsk-oblast"
RUHR = "de-nordrhein-westfalen"


def profile(member: UUID | None = None, **told: Any) -> Profile:
    """A synthetic member who lives in Russia, speaks German and knows the Urals."""
    values: dict[str, Any] = {
        "given_name": "Kim",
        "family_name": "Beispiel",
        "email": "kim@example.org",
        "language": "de",
        "residence": "RU",
        "regions": (URALS,),
        "advises": True,
    }
    return Profile(member=member or uuid4(), public_id=uuid4(), **values | told)


def message(key: UUID, sequence: int, data: Contract | None, type: str = "MemberChanged") -> Message[Any]:
    """A message as it comes in."""
    return Message(
        id=uuid4(),
        type=type,
        key=str(key),
        sequence=sequence,
        time=datetime.now(UTC),
        data=data,
        correlation_id="c-1",
    )


class Network:
    """What a test does to the service, and asks of it."""

    def __init__(self, running: Running) -> None:
        self.http = running.http
        self.pool = running.pool

    async def hear(self, topic: Topic, messages: Sequence[Message[Any]]) -> None:
        """Messages at the message door."""
        async with transaction(self.pool) as tx:
            await ROUTES[topic](tx, messages)

    async def join(self, *profiles: Profile) -> list[UUID]:
        """These become known."""
        await self.hear(PROFILE, [message(one.member, 1, one, "MemberJoined") for one in profiles])
        return [one.member for one in profiles]

    async def member(self, **told: Any) -> UUID:
        return (await self.join(profile(**told)))[0]

    async def erase(self, *members: UUID) -> None:
        """Erasure orders, then the tombstones of the profiles."""
        ordered = [Erasure(member=one, ordered_at=datetime.now(UTC)) for one in members]
        await self.hear(ERASURE, [message(one.member, 9, one, "ErasureOrdered") for one in ordered])
        await self.hear(PROFILE, [message(one, MAX_SEQUENCE, None, "MemberErased") for one in members])

    async def put(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.put(path, json=_json(body))

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(path, json=_json(body))

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def desk(self, region: str = URALS, deputies: Sequence[UUID] = ()) -> UUID:
        """A desk with one contact person, who doesn't advise."""
        contact = await self.member(advises=False)
        answer = await self.put(f"/desks/{region}", contacts=[contact], deputies=list(deputies))
        assert answer.status_code == 200, answer.text
        return contact

    async def ask(self, member: UUID, region: str = URALS, **told: Any) -> UUID:
        body = {"themes": ["trade"], "languages": ["de"], "question": "Whom do I ask?"} | told
        answer = await self.post("/requests", member=member, region=region, **body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["request"])

    async def propose(self, request: UUID, contact: UUID, adviser: UUID) -> UUID:
        answer = await self.post(f"/requests/{request}/proposals", contact=contact, adviser=adviser)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["proposal"])

    async def accept(self, proposal: UUID, adviser: UUID) -> httpx.Response:
        return await self.post(f"/proposals/{proposal}/acceptance", member=adviser)

    async def state(self, request: UUID) -> str:
        return str((await self.get(f"/requests/{request}"))["state"])


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the stable name of a refusal."""
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


def _json(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _json(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_json(value) for value in body]
    return str(body) if isinstance(body, UUID) else body
