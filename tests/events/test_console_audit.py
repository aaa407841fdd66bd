"""What operators did in a service: on a page of its console, for operators, also when they are none any more."""

import re

from shared.contracts.catalogue import OFFER
from shared.testing.services import Running
from tests.events.pages import read, send
from tests.events.samples import COLLOQUIUM
from tests.shared.web.page_reader import GERMAN

AUDIT = "/console/events/audit"
REBUILDS = [f"/console/events/rebuild/members.{name}.v1" for name in ("organisation", "profile")]
REPUBLISH = f"/console/events/republish/{OFFER.name}"


async def test_operators_read_what_operators_did_page_by_page(events: Running) -> None:
    first, second = await events.as_operator(), await events.as_operator()
    coordinator = await events.as_coordinator("daad")
    assert "Nothing was done yet" in await read(first, AUDIT)

    (await coordinator.post("/offers", json=COLLOQUIUM | {"organisation": "daad"})).raise_for_status()
    for path in (*REBUILDS, REPUBLISH):
        await send(first, path, act="go")
    await events.pool.execute(
        "UPDATE account SET mandates = '[]' WHERE mandates @> '[{\"role\": \"operator\"}]'"
    )
    third = await events.as_operator()

    page = await read(third, f"{AUDIT}?limit=2")
    assert page.index("published again") < page.index("rebuilt a replica")
    [following] = re.findall(r'href="([^"]+)" rel="next"', page)
    assert "members.organisation.v1" in await read(third, following.replace("&amp;", "&"))
    everything = await read(third, AUDIT)
    assert everything.count("rebuilt a replica") == 2
    assert "daad" not in everything
    assert "draft_offer" in await read(third, f"{AUDIT}?who=everybody")
    assert "veröffentlichte neu" in (await third.get(AUDIT, headers=GERMAN)).text
    await read(second, AUDIT, 403)
    await read(coordinator, AUDIT, 403)
