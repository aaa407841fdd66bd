"""The demo's journey, played again after people have used the demo by hand."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx
import pytest

from deploy.local.data.manifest import Manifest
from deploy.local.journey import registering
from deploy.local.journey.signing_in import NOBODY, Headers
from deploy.local.journey.stage import Stage, StepFailed
from services.events.app import compose
from shared.testing.access import build_headers
from shared.testing.services import Running, running_service
from tests.events.samples import COLLOQUIUM, add_organisations, join_members


@pytest.fixture
async def events(dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """The service with its HTTP API; the broker's address is one that nobody answers."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
    async with running_service(compose()) as running:
        await add_organisations(running.pool)
        yield running


async def test_a_journey_looks_for_its_own_registrations_whoever_else_registered(events: Running) -> None:
    *invited, by_hand, another = [str(member) for member in await join_members(events.pool, 102)]
    offer = await _publish(events)
    first = await _play(events, offer, invited)

    for member in (by_hand, another):
        await _post(events, f"/offers/{offer}/registrations", {"member": member})
    for registration in list(first.registrations)[10:13]:
        (await events.http.delete(f"/registrations/{registration}")).raise_for_status()
    again = await _play(events, offer, invited)

    assert again.registrations == first.registrations
    assert first.told <= again.told


async def test_a_journey_finds_a_seat_that_is_free_while_others_wait_and_a_registration_that_is_lost(
    events: Running,
) -> None:
    members = [str(member) for member in await join_members(events.pool, 100)]
    offer = await _publish(events)
    stage = await _play(events, offer, members)

    await events.pool.execute(
        "UPDATE registration SET state = 'withdrawn' WHERE registration ="
        " (SELECT registration FROM registration WHERE state = 'registered' AND offer = $1 LIMIT 1)",
        offer,
    )
    with pytest.raises(StepFailed, match="63 are confirmed for 64 seats"):
        await registering.require_seats(stage)

    await events.pool.execute("DELETE FROM registration WHERE state = 'waitlisted' AND offer = $1", offer)
    with pytest.raises(StepFailed, match="registrations: 35 of them lack"):
        await registering.require_seats(stage)


class _Persons:
    """Members sign in; whoever coordinates or operates is the one whom the client plays anyway."""

    async def operate(self) -> Headers:
        return NOBODY

    async def coordinate(self, organisation: str) -> Headers:
        return NOBODY

    def be(self, member: str) -> Headers:
        return build_headers(uuid5(NAMESPACE_OID, member), UUID(member))


async def _publish(events: Running) -> str:
    draft = COLLOQUIUM | {"slug": registering.OFFER, "places": registering.SEATS}
    offer = str((await _post(events, "/offers", draft))["offer"])
    await _post(events, f"/offers/{offer}/publication", None)
    return offer


async def _post(events: Running, path: str, body: Any) -> Any:
    return (await events.http.post(path, json=body)).raise_for_status().json()


async def _play(events: Running, offer: str, members: Sequence[str]) -> Stage:
    """Both steps at the offer, with members of whom the members service would tell."""
    page = {"items": [{"member": member} for member in members], "next": None}
    told = httpx.MockTransport(lambda request: httpx.Response(200, json=page))
    clients = {"events": events.http, "members": httpx.AsyncClient(transport=told, base_url="http://members")}
    nothing, manifest, today = cast(Any, None), Manifest(0, True, (), (), {}), datetime.now(UTC).date()
    stage = Stage(nothing, clients, _Persons(), Path(), manifest, today, offers={registering.OFFER: offer})
    await registering.members_register(stage)
    await registering.a_withdrawal_moves_the_next_one_up(stage)
    return stage
