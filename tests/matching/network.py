"""A small network of synthetic members, desks and requests, made through the service's API and message handlers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.matching.consumers import ROUTES
from services.matching.proposals.work import LAPSING
from services.matching.requests.work import release_requests
from shared.contracts.catalogue import ERASURE, PROFILE, Topic
from shared.contracts.members import Erasure, Profile
from shared.contracts.model import Contract
from shared.messaging.message import MAX_SEQUENCE, Message
from shared.postgres.pool import Pool, transaction
from shared.testing.services import Running

URALS = "ru-sverdlovsk-oblast"
RUHR = "de-nordrhein-westfalen"


def build_profile(member: UUID | None = None, **changes: Any) -> Profile:
    """A synthetic member who lives in Russia, speaks German and knows the Urals."""
    usual: dict[str, Any] = {
        "given_name": "Kim",
        "family_name": "Beispiel",
        "email": "kim@example.org",
        "language": "de",
        "residence": "RU",
        "regions": (URALS,),
        "advises": True,
    }
    return Profile(member=member or uuid4(), **usual | changes)


def build_message(
    key: UUID, sequence: int, data: Contract | None, type: str = "MemberChanged"
) -> Message[Any]:
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
        self.running = running
        self.http = running.http
        self.pool = running.pool

    async def deliver(self, topic: Topic, messages: Sequence[Message[Any]]) -> None:
        """Give messages to their handler."""
        async with transaction(self.pool) as tx:
            await ROUTES[topic](tx, messages)

    async def add_members(self, *profiles: Profile) -> list[UUID]:
        """The service learns of these members."""
        await self.deliver(PROFILE, [build_message(one.member, 1, one, "MemberJoined") for one in profiles])
        return [one.member for one in profiles]

    async def add_member(self, **changes: Any) -> UUID:
        return (await self.add_members(build_profile(**changes)))[0]

    async def erase_members(self, *members: UUID) -> None:
        """Erasure orders, then the tombstones of the profiles."""
        ordered = [Erasure(member=one, ordered_at=datetime.now(UTC)) for one in members]
        await self.deliver(ERASURE, [build_message(one.member, 9, one, "ErasureOrdered") for one in ordered])
        await self.deliver(
            PROFILE, [build_message(one, MAX_SEQUENCE, None, "MemberErased") for one in members]
        )

    async def put(self, path: str, **body: Any) -> httpx.Response:
        """As an operator."""
        return await self.http.put(path, json=_to_json(body))

    async def post(self, path: str, *, by: UUID | str, **body: Any) -> httpx.Response:
        """As this member."""
        return await self.running.as_member(by).post(path, json=_to_json(body))

    async def get(self, path: str, *, by: UUID | str | None = None, **params: Any) -> Any:
        """As this member, or as somebody who has no part in anything."""
        http = self.http if by is None else self.running.as_member(by)
        answer = await http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def read_request(self, request: UUID) -> Any:
        """The request as somebody at its desk sees it."""
        return await self.get(f"/requests/{request}", by=await self.find_seated(request))

    async def list_candidates(self, request: UUID, **params: Any) -> Any:
        """The request's candidates, as its desk sees them."""
        return await self.get(f"/requests/{request}/candidates", by=await self.find_seated(request), **params)

    async def find_seated(self, request: UUID) -> UUID:
        """Somebody who sits at the request's desk."""
        return UUID(
            str(
                await self.pool.fetchval(
                    "SELECT (d.contacts || d.deputies)[1] FROM request r JOIN desk d ON d.region = r.desk"
                    " WHERE request = $1",
                    request,
                )
            )
        )

    async def set_capacity(self, adviser: UUID, capacity: Any) -> httpx.Response:
        """The adviser says how many mentorships they take on."""
        http = self.running.as_member(adviser)
        return await http.put(f"/advisers/{adviser}", json={"capacity": capacity})

    async def open_desk(self, region: str = URALS, deputies: Sequence[UUID] = ()) -> UUID:
        """A desk with one contact person, who doesn't advise."""
        contact = await self.add_member(advises=False)
        answer = await self.put(f"/desks/{region}", contacts=[contact], deputies=list(deputies))
        assert answer.status_code == 200, answer.text
        return contact

    async def request_mentorship(self, member: UUID, region: str = URALS, **changes: Any) -> UUID:
        body = {"themes": ["trade"], "languages": ["de"], "question": "Whom do I ask?"} | changes
        answer = await self.post("/requests", by=member, region=region, **body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["request"])

    async def propose_adviser(self, request: UUID, contact: UUID, adviser: UUID) -> UUID:
        answer = await self.post(f"/requests/{request}/proposals", by=contact, adviser=adviser)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["proposal"])

    async def accept_proposal(self, proposal: UUID, adviser: UUID) -> httpx.Response:
        return await self.post(f"/proposals/{proposal}/acceptance", by=adviser)

    async def propose_to_many(self, contact: UUID, adviser: UUID, requests: int) -> list[tuple[UUID, UUID]]:
        """Requests of different members, each with a proposal for the same adviser: request and proposal."""
        made = []
        for _ in range(requests):
            request = await self.request_mentorship(await self.add_member(advises=False))
            made.append((request, await self.propose_adviser(request, contact, adviser)))
        return made

    async def release_requests(self) -> int:
        """The time of a release has come; returns of how many requests it tells the world."""
        await self.pool.execute("UPDATE release SET at = now() - interval '1 day'")
        return await release_requests(self.pool, interval=24 * 60 * 60)

    async def read_state(self, request: UUID) -> str:
        return str(await self.pool.fetchval("SELECT state FROM request WHERE request = $1", request))


async def let_lapse(pool: Pool) -> None:
    """What the worker does with proposals until nothing is left to do."""
    while await LAPSING.step(pool):
        pass


def refusal_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the stable name of a refusal."""
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


def _to_json(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _to_json(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_to_json(value) for value in body]
    return str(body) if isinstance(body, UUID) else body
