"""Disclosure: a member hears all that members itself holds, and the readable page has a word for it."""

import json
from itertools import chain

from services.events import disclosure as events
from services.matching import disclosure as matching
from services.members.disclosure import words
from services.members.disclosure.holdings import HOLDINGS
from services.members.duplicates import work as duplicates_work
from services.notifications import disclosure as notifications
from shared.runtime.service import Service
from shared.testing.access import build_headers
from shared.testing.services import open_client, running_service
from tests.disclosed import require_told
from tests.members import people
from tests.members.disclosure import answers
from tests.members.uploads import MAPPING, post_list

OF_NOBODY = {
    "organisation",
    "programme",
    "import",
    "import_problem",
    "departure",
    "erased",
    "erased_address",
    "planned_affiliation",
    "open_order",
    "sign_in_errand",
}


async def test_a_member_hears_of_every_table_that_names_them(service: Service) -> None:
    async with running_service(service) as members:
        for organisation in ("daad", "giz"):
            await people.add_organisation(members.pool, organisation)
        kim = await people.join(members.pool, people.KIM)
        twin = await people.join(members.pool, "kim2@example.org")
        await people.leave_traces(members.pool, kim, people.KIM)
        while await duplicates_work.COMPARING.step(members.pool):
            pass
        await members.pool.execute("INSERT INTO newcomer VALUES ($1)", kim)
        me = open_client(members.app, build_headers(member=kim))
        await me.patch(f"/members/{kim}", json={"residence": "FR"}, headers={"Idempotency-Key": "once"})
        row = f"1,Kim,Beispiel,{people.KIM}\n".encode()
        await post_list(members, b"id,first,last,mail\n" + row, MAPPING)
        await me.post("/me/leave", data={"typed": "Kim Beispiel"})
        await me.post("/me/data", data={})

        await answers.tell_own(members)
        parts = await members.pool.fetch("SELECT content FROM disclosure_part ORDER BY part")
        told = {name: told for part in parts for name, told in json.loads(part["content"]).items()}

        await require_told(members.pool, HOLDINGS, OF_NOBODY, kim, told)
    assert [
        len(told[name]) for name in ("lists_that_wait", "mandates", "sign_in_links", "further_addresses")
    ] == [1] * 4
    assert str(twin) not in str(told)


def test_every_record_has_a_title_on_the_readable_page() -> None:
    told = chain(HOLDINGS, events.HOLDINGS, matching.HOLDINGS, notifications.HOLDINGS)

    assert {holding.name for holding in told} <= set(words.HOLDINGS)
