"""An organisation's coordinators see its likely duplicates side by side, and decide on them."""

from typing import Any
from uuid import uuid4

from shared.testing.services import Running
from tests.members import people
from tests.members.page_forms import read, send
from tests.shared.web.page_reader import GERMAN

PAIRS = "/organisations/daad/duplicates"


async def make_pair(members: Running, organisation: str, name: str) -> Any:
    """Two members of the organisation, who may be one person; the pair's id."""
    one, other = [await people.join(members.pool, f"{name}{n}@example.org", organisation) for n in range(2)]
    duplicate = uuid4()
    await members.pool.execute("DELETE FROM newcomer")
    await members.pool.execute(
        "INSERT INTO duplicate_candidate (duplicate, one, other, score, band, reasons)"
        " VALUES ($1, least($2::uuid, $3), greatest($2::uuid, $3), 90, 'suggest', '[]')",
        duplicate,
        one,
        other,
    )
    return duplicate


async def test_a_pair_is_compared_and_decided_on_once(members: Running) -> None:
    duplicate = await make_pair(members, "daad", "kim")
    own = await members.as_coordinator("daad")
    assert "1</span> pair may be one person" in await read(own, "/organisations/daad")

    page = await read(own, PAIRS)
    assert "One pair may be one person" in page
    assert "kim0@example.org" in page
    assert "kim1@example.org" in page
    await send(own, PAIRS, duplicate=str(duplicate), decision="distinct")

    assert "No two members look like one person" in await read(own, PAIRS)
    kept = await members.pool.fetchval("SELECT decision FROM duplicate_candidate")
    assert kept == "distinct"
    assert "decided on a likely duplicate" in await read(own, "/organisations/daad/audit")


async def test_pairs_of_another_organisation_are_neither_shown_nor_decided_on(members: Running) -> None:
    duplicate = await make_pair(members, "giz", "greta")
    # A coordinator of both decides there for the one only.
    both = await members.as_coordinator("daad", "giz")

    assert "greta0@example.org" not in await read(both, PAIRS)
    await send(both, PAIRS, 404, duplicate=str(duplicate), decision="same")
    await read(await members.as_coordinator("daad"), "/organisations/giz/duplicates", 404)
    german = await both.get("/organisations/giz/duplicates", headers=GERMAN)
    assert (german.status_code, german.headers["Content-Language"]) == (200, "de")
    assert await members.pool.fetchval("SELECT decision FROM duplicate_candidate") is None
