"""What belongs to the organisation giz, and to a member whom it alone knows, in each service."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from services.events.replicas import members, organisations
from shared.contracts.members import Organisation, OrganisationKind
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.samples import COLLOQUIUM, build_message, build_profile
from tests.members.uploads import MAPPING, make_list

DESCRIBED = {"name": "Gesellschaft", "kind": "foundation", "country": "DE"}
PERSON = {"given_name": "Kim", "family_name": "Beispiel", "organisation": "giz"}
FILES = {
    "list": ("list.csv", make_list(1), "text/csv"),
    "mapping": ("list.toml", MAPPING.replace(b"daad", b"giz"), "application/toml"),
}


async def make_objects(services: Mapping[str, Running]) -> dict[str, str]:
    """One of each, by the name that paths have for it; and the organisation's own slug."""
    made = {"organisation": "giz", "programme": "training"}
    made |= await _make_of_members(services["members"])
    made |= await _make_of_events(services["events"], UUID(made["member"]))
    return made | await _make_of_notifications(services["notifications"], UUID(made["member"]))


async def _make_of_members(running: Running) -> dict[str, str]:
    http = running.http
    (await http.put("/organisations/giz", json=DESCRIBED)).raise_for_status()
    (await http.put("/organisations/daad", json=DESCRIBED)).raise_for_status()
    one, other = [
        await _post(running, "/members", PERSON | {"email": f"{n}@example.org"}) for n in ("kim", "k")
    ]
    imported = (await http.post("/imports", files=FILES)).raise_for_status().json()
    mandate = await _post(
        running, "/mandates", {"role": "coordinator", "organisation": "giz", "email": "a@example.org"}
    )
    duplicate = uuid4()
    await running.pool.execute(
        "INSERT INTO duplicate_candidate (duplicate, one, other, score, band, reasons)"
        " VALUES ($1, least($2::uuid, $3), greatest($2::uuid, $3), 90, 'suggest', '[]')",
        duplicate,
        UUID(one["member"]),
        UUID(other["member"]),
    )
    return {
        "member": one["member"],
        "import": imported["import"],
        "mandate": mandate["mandate"],
        "duplicate": str(duplicate),
    }


async def _make_of_events(running: Running, member: UUID) -> dict[str, str]:
    giz = Organisation(organisation="giz", name="GIZ", kind=OrganisationKind.FOUNDATION, country="DE")
    async with transaction(running.pool) as tx:
        await organisations.project_organisations(tx, [build_message(giz, "giz")])
        await members.project_members(tx, [build_message(build_profile(member), member)])
    offer = (await _post(running, "/offers", COLLOQUIUM | {"organisation": "giz", "slug": "giz-offer"}))[
        "offer"
    ]
    await _post(running, f"/offers/{offer}/publication", None)
    registered = await _post(running, f"/offers/{offer}/registrations", {"member": str(member)})
    return {"offer": offer, "registration": registered["registration"]}


async def _make_of_notifications(running: Running, member: UUID) -> dict[str, str]:
    delivery = uuid4()
    await running.pool.execute(
        "INSERT INTO delivery (delivery, kind, member, organisation, facts, correlation_id, state, subject, text, html,"
        " deadline) VALUES ($1, 'invitation', $2, 'giz', '{}', 'c-1', 'sent', 'Hello', 'Hello', '<p>Hello', now())",
        delivery,
        member,
    )
    return {"delivery": str(delivery)}


async def _post(running: Running, path: str, body: Any) -> Any:
    return (await running.http.post(path, json=body)).raise_for_status().json()
