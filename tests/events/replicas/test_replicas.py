"""What members publishes, as this service keeps it: the newest truth, whatever comes late or twice."""

from uuid import UUID, uuid4

from services.events.replicas import members, organisations
from shared.contracts.members import Organisation, OrganisationKind
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.conftest import message, profile


def municipality(name: str) -> Organisation:
    return Organisation(organisation="dortmund", name=name, kind=OrganisationKind.MUNICIPALITY, country="DE")


async def names(events: Running) -> dict[str, str]:
    async with transaction(events.pool) as tx:
        return dict(await organisations.names(tx))


async def residences(events: Running) -> dict[UUID, str]:
    rows = await events.pool.fetch("SELECT member, residence FROM member")
    return {row["member"]: row["residence"] for row in rows}


async def test_an_older_organisation_does_not_replace_a_newer_one(events: Running) -> None:
    for name, sequence in [("Dortmund", 1), ("Stadt Dortmund", 3), ("Dortmund am Hellweg", 2)]:
        async with transaction(events.pool) as tx:
            await organisations.project(tx, [message(municipality(name), "dortmund", sequence)])

    assert (await names(events))["dortmund"] == "Stadt Dortmund"


async def test_of_many_in_one_batch_the_newest_counts(events: Running) -> None:
    batch = [
        message(municipality(name), "dortmund", sequence)
        for name, sequence in [("Dortmund", 1), ("Stadt Dortmund", 3), ("Dortmund am Hellweg", 2)]
    ]
    async with transaction(events.pool) as tx:
        await organisations.project(tx, batch)

    assert (await names(events))["dortmund"] == "Stadt Dortmund"


async def test_an_organisation_that_is_gone_is_known_no_more(events: Running) -> None:
    async with transaction(events.pool) as tx:
        await organisations.project(tx, [message(municipality("Dortmund"), "dortmund")])
        await organisations.project(tx, [message(None, "dortmund", 2)])

    assert "dortmund" not in await names(events)


async def test_an_older_profile_does_not_replace_a_newer_one(events: Running) -> None:
    member = uuid4()
    for residence, sequence in [("AL", 1), ("DE", 3), ("KZ", 2)]:
        async with transaction(events.pool) as tx:
            told = profile(member, residence=residence)
            await members.project(tx, [message(told, member, sequence)])

    assert await residences(events) == {member: "DE"}


async def test_a_member_who_was_erased_does_not_come_back_with_an_old_message(events: Running) -> None:
    member = uuid4()
    async with transaction(events.pool) as tx:
        await members.project(tx, [message(profile(member), member), message(None, member, 2)])
        await members.project(tx, [message(profile(member), member, 3)])

    assert await residences(events) == {}


async def test_nothing_is_kept_that_could_name_a_member(events: Running) -> None:
    rows = await events.pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'events' AND table_name = 'member'"
    )

    assert {row["column_name"] for row in rows} == {"member", "language", "residence", "sequence"}
