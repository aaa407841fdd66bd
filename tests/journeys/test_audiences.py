"""Each audience knows a member by an id of its own, and nobody who reads two topics can join them."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest

from deploy.local.home import get_secret
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import MEMBER, outbound
from shared.messaging.kafka import Kafka
from shared.testing.kafka import Record, read_records
from shared.testing.waiting import eventually
from tests.journeys.attacks import count_hits, find_telling_headers, guess_by_order, guess_by_time
from tests.journeys.conftest import Environments, Platform

GIZ = {"name": "GIZ", "kind": "institute", "country": "DE"}
PARLIAMENT = {"name": "Deutscher Bundestag", "kind": "parliament", "country": "DE"}
ONE_BY_ONE, LISTED = 25, 60
MAPPING = b"""
organisation = "deutscher-bundestag"
invite = true
[columns]
reference = "id"
given_name = "first"
family_name = "last"
email = "mail"
"""
# Who guesses finds one of them on average, however many they are; eight or more once in a hundred thousand times.
CHANCE = 7


@pytest.fixture
def environments() -> Environments:
    """The world hears of members when all have joined who do so one by one: no fewer look alike in a release."""
    return {"members": {"ALUMNIBUS_RELEASE_SECONDS": "1", "ALUMNIBUS_RELEASE_MINIMUM": str(ONE_BY_ONE)}}


async def join_one_by_one(platform: Platform) -> tuple[list[int], list[Any]]:
    """When each person joined (ms since 1970), some in several roles, and what the organisation was answered."""
    acts, answers = [], []
    for number in range(ONE_BY_ONE):
        person = {"given_name": "Kim", "family_name": "Muster", "email": f"kim{number}@example.org"}
        acts.append(int(time.time() * 1000))
        for role in ("alumnus", "staff", "volunteer")[: 1 + number % 3]:
            command = person | {"organisation": "giz", "role": role, "invite": role == "alumnus"}
            headers = {"X-Correlation-ID": f"request-of-{number}"}
            answer = await platform.clients["members"].post("/members", json=command, headers=headers)
            answers.append(answer.raise_for_status().json())
    return acts, answers


async def import_list(platform: Platform) -> None:
    rows = "".join(f"{n},Kim,Muster,listed{n}@example.org\n" for n in range(LISTED))
    files = {"list": ("list.csv", f"id,first,last,mail\n{rows}".encode()), "mapping": ("m.toml", MAPPING)}
    (await platform.clients["members"].post("/imports", files=files)).raise_for_status()


async def list_members(platform: Platform, organisation: str) -> list[Any]:
    """The organisation's members as the API lists them, the oldest first."""
    params: dict[str, str | int] = {"organisation": organisation, "limit": 200}
    return list((await platform.clients["members"].get("/members", params=params)).json()["items"])


async def read_whole(kafka: Kafka, topic: str, number: int) -> list[Record]:
    """The topic's records, when there are so many."""

    async def all_there() -> list[Record]:
        found = await read_records(kafka, topic)
        return found if len(found) >= number else []

    return await eventually(all_there)


def pick(public: Sequence[Record], organisation: str) -> list[Record]:
    """The public records of an organisation's members: each has that one only."""
    return [one for one in public if f'"{organisation}"' in one.value.decode()]


async def test_public_records_and_an_organisations_records_can_not_be_joined(
    platform: Platform, kafka: Kafka
) -> None:
    for slug, described in (("giz", GIZ), ("deutscher-bundestag", PARLIAMENT)):
        (await platform.clients["members"].put(f"/organisations/{slug}", json=described)).raise_for_status()
    acts, answers = await join_one_by_one(platform)
    await import_list(platform)
    giz_news = await read_whole(kafka, outbound("giz").name, ONE_BY_ONE)
    parliaments_news = await read_whole(kafka, outbound("deutscher-bundestag").name, LISTED)
    public = await read_whole(kafka, MEMBER.name, ONE_BY_ONE + LISTED)
    giz_members = await list_members(platform, "giz")
    parliaments_members = await list_members(platform, "deutscher-bundestag")
    profiles = [
        (await platform.clients["members"].get(f"/members/{one['member']}")).json() for one in giz_members[:3]
    ]

    assert len(public) == ONE_BY_ONE + LISTED
    ids = AudienceIds(bytes.fromhex(get_secret(platform.home, "public-ids")))
    for organisation, moments, news, members in (
        ("giz", acts, giz_news, giz_members),
        ("deutscher-bundestag", [], parliaments_news, parliaments_members),
    ):
        assert find_hits(ids, organisation, moments, news, members, pick(public, organisation)) == {}
    answered = json.dumps([answers, giz_members, parliaments_members, profiles])
    assert [one.key for one in public if one.key.decode() in answered] == []
    assert find_telling_headers(public) == {"ce_id", "ce_subject", "ce_partitionkey"}
    assert {one.key.decode() for one in public} == {json.loads(one.value)["public_id"] for one in public}
    assert shared_values(giz_news, public) == set()


def find_hits(
    ids: AudienceIds,
    organisation: str,
    acts: Sequence[int],
    news: Sequence[Record],
    members: Sequence[Any],
    public: Sequence[Record],
) -> Mapping[str, int]:
    """The attacks that found more persons than chance does."""
    joined = [UUID(member["member"]) for member in members]
    public_ids = [str(ids.public_id(member)) for member in joined]
    assert set(public_ids) == {record.key.decode() for record in public}
    known = {str(ids.organisation_id(organisation, member)): str(ids.public_id(member)) for member in joined}
    told_at = [record.timestamp for record in news]
    in_the_news = [known[record.key.decode()] for record in news]
    hits = {
        **count_hits(guess_by_order(joined, public), public_ids),
        **{f"news, {name}": n for name, n in count_hits(guess_by_order(news, public), in_the_news).items()},
        **count_hits(guess_by_time(acts, public), public_ids),
        **{f"news, {name}": n for name, n in count_hits(guess_by_time(told_at, public), in_the_news).items()},
    }
    return {attack: number for attack, number in hits.items() if number > CHANCE}


def shared_values(ours: Sequence[Record], theirs: Sequence[Record]) -> set[str]:
    """The words that a record of one topic has in common with a record of the other, but not with all of them."""
    own = [_collect_values(record) for record in ours]
    others = [_collect_values(record) for record in theirs]
    common: set[str] = set().union(*own) & set().union(*others)
    return common - own[0].intersection(*own) - others[0].intersection(*others)


def _collect_values(record: Record) -> set[str]:
    headers = {value.decode() for _, value in record.headers}
    return headers | {record.key.decode()} | set(_collect_scalars(json.loads(record.value)))


def _collect_scalars(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for value in data.values() for text in _collect_scalars(value)]
    if isinstance(data, list):
        return [text for value in data for text in _collect_scalars(value)]
    return [str(data)]
