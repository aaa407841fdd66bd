"""Imports: every good row becomes what it says, every bad row is told with its reason, and no row is lost."""

from pathlib import Path
from typing import Any

from deploy.local.data.people import write_lists
from shared.contracts.catalogue import MEMBER, PROFILE
from shared.testing.services import Running, outbox
from tests.members.bringing import Bring, read

COUNTS = ("rows", "done", "joined", "affiliated", "unchanged", "bad")


async def problems(members: Running, which: str) -> list[dict[str, Any]]:
    """All problems, page by page."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = (await members.http.get(f"/imports/{which}/problems", params=params)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


async def test_five_offices_lists_give_what_is_in_them_and_the_bad_rows_by_line_and_reason(
    members: Running, bring: Bring, tmp_path: Path
) -> None:
    manifest = write_lists(tmp_path, small=True)

    for wanted in manifest.lists:
        done = await bring(*read(tmp_path, wanted.file))
        counts = (wanted.rows, wanted.rows, wanted.new_members, wanted.affiliations, wanted.unchanged)
        assert [done[name] for name in COUNTS] == [*counts, len(wanted.bad)]
        bad = [(p["line"], p["reason"]) for p in await problems(members, done["import"])]
        assert bad == [(row.line, row.reason) for row in wanted.bad]

    figures = (await members.http.get("/figures")).json()
    assert figures["members"] == manifest.new_members
    assert figures["affiliations"] == manifest.new_members + manifest.affiliations
    for topic in (PROFILE, MEMBER):
        sent = {key: data for _, key, data in await outbox(members.pool, topic.name)}
        assert len(sent) == manifest.new_members
        affiliations = sum(len(data["affiliations"]) for data in sent.values())
        assert affiliations == manifest.new_members + manifest.affiliations
