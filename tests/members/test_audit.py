"""The coordinators of an organisation see who has brought members into it, and who has given mandates for it."""

from shared.testing.services import Running
from tests.members.people import COLLEAGUE
from tests.members.uploads import HEADER, MAPPING, post_list

KIM = {"given_name": "Kim", "email": "kim@example.org", "organisation": "daad"}


async def test_coordinators_see_joins_imports_and_mandates_of_their_organisation(
    signing_in: Running,
) -> None:
    host, foreign = [await signing_in.as_coordinator(each) for each in ("daad", "giz")]
    content = f"{HEADER}1,Toni,Beispiel,toni@example.org\n".encode()

    (await host.post("/members", json=KIM)).raise_for_status()
    (await post_list(signing_in._replace(http=host), content, MAPPING)).raise_for_status()
    given = (await host.post("/mandates", json=COLLEAGUE)).raise_for_status().json()
    (await host.delete(f"/mandates/{given['mandate']}")).raise_for_status()

    seen = (await host.get("/audit")).json()["items"]
    assert [(entry["verb"], entry["organisation"]) for entry in reversed(seen)] == [
        ("join_member", "daad"),
        ("upload_list", "daad"),
        ("give_mandate", "daad"),
        ("take_back_mandate", "daad"),
    ]
    assert (await foreign.get("/audit")).json()["items"] == []
