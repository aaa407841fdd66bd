"""What members publishes, as this service keeps it: the newest truth, whatever comes late or twice."""

from uuid import UUID, uuid4

from services.events.replicas import members, organisations
from shared.contracts.members import Organisation, OrganisationKind
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.samples import build_message, build_profile


def build_municipality(name: str) -> Organisation:
    return Organisation(organisation="dortmund", name=name, kind=OrganisationKind.MUNICIPALITY, country="DE")


async def read_names(events: Running) -> dict[str, str]:
    async with transaction(events.pool) as tx:
        return dict(await organisations.read_names(tx))


async def read_residences(events: Running) -> dict[UUID, str]:
    rows = await events.pool.fetch("SELECT member, residence FROM member")
    return {row["member"]: row["residence"] for row in rows}


async def test_an_older_organisation_does_not_replace_a_newer_one(events: Running) -> None:
    for name, sequence in [("Dortmund", 1), ("Stadt Dortmund", 3), ("Dortmund am Hellweg", 2)]:
        async with transaction(events.pool) as tx:
            await organisations.project_organisations(
                tx, [build_message(build_municipality(name), "dortmund", sequence)]
            )

    assert (await read_names(events))["dortmund"] == "Stadt Dortmund"


async def test_of_many_in_one_batch_the_newest_counts(events: Running) -> None:
    batch = [
        build_message(build_municipality(name), "dortmund", sequence)
        for name, sequence in [("Dortmund", 1), ("Stadt Dortmund", 3), ("Dortmund am Hellweg", 2)]
    ]
    async with transaction(events.pool) as tx:
        await organisations.project_organisations(tx, batch)

    assert (await read_names(events))["dortmund"] == "Stadt Dortmund"


async def test_an_organisation_that_is_gone_is_known_no_more(events: Running) -> None:
    async with transaction(events.pool) as tx:
        await organisations.project_organisations(
            tx, [build_message(build_municipality("Dortmund"), "dortmund")]
        )
        await organisations.project_organisations(tx, [build_message(None, "dortmund", 2)])

    assert "dortmund" not in await read_names(events)


async def test_an_older_profile_does_not_replace_a_newer_one(events: Running) -> None:
    member = uuid4()
    for residence, sequence in [("AL", 1), ("DE", 3), ("KZ", 2)]:
        async with transaction(events.pool) as tx:
            changed = build_profile(member, residence=residence)
            await members.project_members(tx, [build_message(changed, member, sequence)])

    assert await read_residences(events) == {member: "DE"}


async def test_a_member_who_was_erased_does_not_come_back_with_an_old_message(events: Running) -> None:
    member = uuid4()
    async with transaction(events.pool) as tx:
        await members.project_members(
            tx, [build_message(build_profile(member), member), build_message(None, member, 2)]
        )
        await members.project_members(tx, [build_message(build_profile(member), member, 3)])

    assert await read_residences(events) == {}


async def test_of_a_member_names_are_kept_for_hosts_and_no_address(events: Running) -> None:
    rows = await events.pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'events' AND table_name = 'member'"
    )

    names = {"given_name", "family_name", "organisations"}
    assert {row["column_name"] for row in rows} == {"member", "language", "residence", "sequence"} | names
