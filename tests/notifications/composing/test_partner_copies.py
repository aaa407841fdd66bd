"""Partner organisations' own systems get the finished notifications of their members, once, without an address."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.contracts.catalogue import MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION, outbound
from shared.contracts.notifications import Notification
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, read_records
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker

NOW = datetime.now(UTC)
# The last occurrence of the offer that `builders` makes, in UTC.
END_OF_OFFER = "2046-12-12T15:00:00Z"
DAAD, GIZ = outbound("daad").name, outbound("giz").name


async def list_copies(service: Running) -> list[tuple[str, Any]]:
    rows = await service.pool.fetch("SELECT topic, payload FROM outbox ORDER BY id")
    return [(row["topic"], json.loads(row["payload"])) for row in rows]


async def test_an_invitation_goes_to_the_inviting_partners_topic_once(start: StartService) -> None:
    kim = uuid4()
    invited = build.profile(kim, organisations=("daad", "giz", "iqib"), invited_at=NOW)
    async with start(PARTNERS="daad, giz") as service:
        for slug in ("daad", "giz", "iqib"):
            await receive(service, ORGANISATION, [build.organisation(slug)])
        await receive(service, PROFILE, [invited])
        await receive(service, PROFILE, [invited])
        await run_worker(service, "compose")
        await run_worker(service, "compose")

        found = await list_copies(service)
        log = await service.pool.fetch("SELECT delivery, organisation, subject FROM delivery")
    expected = {row["organisation"]: (str(row["delivery"]), row["subject"]) for row in log}
    assert [topic for topic, _ in found] == [DAAD, GIZ]
    for (_, copy), slug in zip(found, ("daad", "giz"), strict=True):
        assert copy["recipient"] == str(uuid5(kim, slug))
        assert (copy["notification"], copy["subject"]) == expected[slug]
        assert "@" not in json.dumps(copy)


async def test_a_registration_goes_to_the_host_only_and_an_agreement_to_all_partners_of_the_recipient(
    start: StartService,
) -> None:
    kim, adviser, event, request, proposal = (uuid4() for _ in range(5))
    async with start(PARTNERS="daad,giz") as service:
        await receive(service, ORGANISATION, [build.organisation()])
        people = [
            build.profile(kim, organisations=("daad", "giz")),
            build.profile(adviser, organisations=("iqib",)),
        ]
        await receive(service, PROFILE, people)
        await receive(service, OFFER, [build.offer(event)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), event, kim)])
        accepted = [(proposal, adviser, "accepted")]
        await receive(
            service, MENTORSHIP, [build.mentorship(request, kim, "agreed", accepted, adviser=adviser)]
        )
        await run_worker(service, "compose")

        found = [(topic, copy["kind"], copy["expires_at"]) for topic, copy in await list_copies(service)]
    assert found == [
        (DAAD, "registered", END_OF_OFFER),
        (DAAD, "mentorship-agreed", None),
        (GIZ, "mentorship-agreed", None),
    ]


async def test_without_partners_nothing_goes_out(start: StartService) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(uuid4(), invited_at=NOW)])
        await run_worker(service, "compose")

        assert await read_outbox(service.pool) == []


async def test_a_partner_reads_it_from_the_topic_as_the_contract_says(
    start: StartService, kafka: Kafka, make_topics: MakeTopics
) -> None:
    kim = uuid4()
    await make_topics([outbound("daad")])
    async with start("relay", "work", PARTNERS="daad") as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(kim, invited_at=NOW)])

        [record] = await eventually(lambda: read_records(kafka, DAAD))
    copy = Notification.model_validate_json(record.value)
    assert record.key.decode() == str(copy.recipient) == str(uuid5(kim, "daad"))
    assert isinstance(copy.notification, UUID)
    assert dict(record.headers)["ce_type"] == b"NotificationReady"
    assert "ce_correlationid" not in dict(record.headers)
