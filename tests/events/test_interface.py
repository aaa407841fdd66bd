"""The HTTP API keeps its promises to whoever reads its OpenAPI document."""

import pytest

from shared.testing import openapi
from shared.testing.services import Running
from tests.events.samples import CreateOffer, join_members


@pytest.mark.timeout(600)
async def test_any_request_is_answered_as_the_document_says(events: Running) -> None:
    await openapi.check_interface(events)


@pytest.mark.timeout(600)
async def test_any_request_about_a_real_offer_is_answered_as_the_document_says(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, [member, _] = await create_offer(), await join_members(events.pool, 2)
    path = f"/offers/{offer}/registrations"
    registration = (await events.http.post(path, json={"member": str(member)})).json()
    known = {"offer": offer, "registration": registration["registration"]}

    await openapi.check_interface(events, options=("--include-path-regex", r"\{"), parameters=known)
