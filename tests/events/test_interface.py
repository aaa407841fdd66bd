"""The HTTP door keeps its promises to whoever reads its OpenAPI document."""

from pathlib import Path

import pytest

from shared.testing import openapi
from shared.testing.services import Running
from tests.events.conftest import Offered, join


@pytest.mark.timeout(600)
async def test_any_request_is_answered_as_the_document_says(events: Running) -> None:
    await openapi.check_interface(events.app)


@pytest.mark.timeout(600)
async def test_any_request_about_a_real_offer_is_answered_as_the_document_says(
    events: Running, offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, [member, _] = await offered(), await join(events.pool, 2)
    path = f"/offers/{offer}/registrations"
    place = (await events.http.post(path, json={"member": str(member)})).json()
    known = {"offer": offer, "registration": place["registration"]}
    lines = [f'"path.{name}" = "{value}"' for name, value in known.items()]
    (tmp_path / "schemathesis.toml").write_text("\n".join(["[parameters]", *lines]))
    monkeypatch.chdir(tmp_path)

    await openapi.check_interface(events.app, options=("--include-path-regex", r"\{"))
