"""One backup with the schemas of all services is restored: nobody gets a mail twice, nor one about what it undid."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.servers import Servers
from shared.contracts.catalogue import TOPICS
from shared.messaging.kafka import Kafka
from shared.operations.topic_reader import find_bounds, open_reader
from shared.runtime.service import Part
from shared.testing.kafka import MakeTopics
from shared.testing.services import API, Running
from shared.testing.waiting import eventually
from tests.matching.network import URALS, Network
from tests.notifications.mailserver import MailServer
from tests.operations.backups import Backups
from tests.operations.network import Services, add_organisation, join, offer, running_all
from tests.operations.operator import Log, Operator, walking
from tests.shared.operations.command_line import said

NAMES = ("kim", "toni", "robin", "sascha", "alex", "noor", "desk", "adviser")
UNSENT = "SELECT EXISTS (SELECT FROM outbox, relay WHERE NOT pg_visible_in_snapshot(xid, seen))"
POSITIONS = "SELECT topic, partition, next FROM position"
UNCOUNTED = "SELECT EXISTS (SELECT FROM count_change)"
UNFINISHED = "SELECT EXISTS (SELECT FROM delivery WHERE state IN ('waiting', 'due'))"

# What a service holds of another, and what that one has; each a statement.
MEMBERS = "SELECT member FROM member ORDER BY 1"
PROJECTIONS = [
    ("members", MEMBERS, "events", MEMBERS),
    ("members", MEMBERS, "matching", "SELECT member FROM person WHERE NOT gone ORDER BY 1"),
    ("members", MEMBERS, "notifications", "SELECT member FROM recipient ORDER BY 1"),
    *(
        ("events", statement, "notifications", statement)
        for statement in (
            "SELECT registration, offer, member, state FROM registration ORDER BY 1",
            "SELECT offer FROM offer ORDER BY 1",
        )
    ),
    (
        "matching",
        "SELECT request, state FROM request ORDER BY 1",
        "notifications",
        "SELECT request, data->>'state' AS state FROM mentorship ORDER BY 1",
    ),
]
Running4 = Mapping[str, Running]
SENDING: Sequence[Part] = ("api", "relay")
READING: Sequence[Part] = ("consumers",)


class Life:
    """What people do, and what they have done so far; the services run in between, with these parts or others."""

    def __init__(self, services: Services, kafka: Kafka) -> None:
        self._services = services
        self._kafka = kafka
        self.running: Running4 = {}
        self.member: dict[str, UUID] = {}
        self.place: dict[str, UUID] = {}
        self.registration: dict[str, str] = {}
        self.request: dict[str, UUID] = {}

    async def join(self, *names: str) -> None:
        """Persons are invited, and the other services know them."""
        for name in names:
            self.member[name] = await join(
                self.running["members"],
                f"{name}@example.org",
                invite=True,
                given_name=name.title(),
                origin="DE",
                language="de",
                advises=name == "adviser",
                regions=[URALS] if name == "adviser" else [],
            )
        await self.settle()

    async def register(self, name: str, place: str) -> None:
        path = f"/offers/{self.place[place]}/registrations"
        made = await self.running["events"].http.post(path, json={"member": str(self.member[name])})
        self.registration[f"{name} {place}"] = made.raise_for_status().json()["registration"]

    async def withdraw(self, name: str, place: str) -> None:
        path = f"/registrations/{self.registration[f'{name} {place}']}"
        (await self.running["events"].http.delete(path)).raise_for_status()

    async def cancel(self, place: str) -> None:
        path = f"/offers/{self.place[place]}/cancellation"
        (await self.running["events"].http.post(path, json={"reason": "Storm"})).raise_for_status()

    async def erase(self, name: str) -> None:
        (await self.running["members"].http.delete(f"/members/{self.member[name]}")).raise_for_status()

    async def settle(self) -> None:
        """Wait until whatever runs has sent, read and mailed everything."""
        async with open_reader(self._kafka) as reader:
            await eventually(lambda: self._has_settled(reader), seconds=40)

    async def _has_settled(self, reader: AIOKafkaConsumer) -> bool:
        """Nothing is in an outbox, then nothing on a topic, then nothing in the delivery log."""
        unsent = [await service.pool.fetchval(UNSENT) for service in self.running.values()]
        if any(unsent) or await self.running["events"].pool.fetchval(UNCOUNTED):
            return False
        if await self.running["notifications"].pool.fetchval(UNFINISHED):  # there is no need to ask Kafka
            return False
        _, ends = await find_bounds(reader, [self._kafka.topic_name(topic.name) for topic in TOPICS])
        positions = [await service.pool.fetch(POSITIONS) for service in self.running.values()]
        behind = any(row["next"] < ends[TopicPartition(*row[:2])] for rows in positions for row in rows)
        unsent = [await service.pool.fetchval(UNSENT) for service in self.running.values()]
        unmailed = await self.running["notifications"].pool.fetchval(UNFINISHED)
        return not (behind or any(unsent) or unmailed)


async def live_before(life: Life) -> None:
    """Seats, a waiting list and a request; all that was heard of them is sent."""
    await add_organisation(life.running["members"])
    await life.join(*NAMES)
    for place in ("small", "large"):
        life.place[place] = await offer(life.running["events"], places=2 if place == "small" else 9)
    for name in ("kim", "toni", "robin", "sascha"):
        await life.register(name, "small")
    await life.register("kim", "large")
    matching = Network(life.running["matching"])
    answer = await matching.put(f"/desks/{URALS}", contacts=[life.member["desk"]], deputies=[])
    answer.raise_for_status()
    life.request["first"] = await matching.request_mentorship(life.member["noor"])
    await life.settle()


async def live_on(life: Life) -> None:
    """Whatever makes a mail happens, to what the backup has and to what came since."""
    await life.join("since")
    life.place["since"] = await offer(life.running["events"])
    await life.register("since", "since")
    await life.register("toni", "since")
    await life.withdraw("kim", "small")
    await life.erase("toni")
    await life.cancel("large")
    matching, member = Network(life.running["matching"]), life.member
    proposal = await matching.propose_adviser(life.request["first"], member["desk"], member["adviser"])
    await matching.accept_proposal(proposal, member["adviser"])
    await matching.request_mentorship(member["robin"])
    await life.settle()


async def test_nobody_gets_a_mail_twice_or_about_what_a_restore_of_all_schemas_undid(
    services: Services,
    servers: Servers,
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    mailbox: MailServer,
    log: Log,
) -> None:
    await make_topics(TOPICS)
    life, backups = Life(services, kafka), Backups(servers, dsns["events"])
    async with running_all(services) as life.running:
        await live_before(life)
    await leave_in_flight(life, services)
    await backups.make()
    async with running_all(services) as life.running:
        await live_on(life)
    sent = list(mailbox.ids)
    assert len(sent) == len(set(sent))

    await backups.restore()
    async with walking("The database was restored to an earlier time", log) as operator:
        for command in ("migrate --restored", "republish --restored"):
            for service in services.values():
                await operator.does(service, command)
        async with running_all(services) as life.running:
            await life.settle()
            assert mailbox.ids == sent
            await require_equal_projections(life.running)
            async with walking("Mails are held", log) as operator:
                await decide(operator, services)
            await life.settle()
            await require_news(life, mailbox, sent)


async def leave_in_flight(life: Life, services: Services) -> None:
    """A mail that is due, a message that wasn't read, and one that wasn't sent, when the backup is made."""
    async with running_all(services, {"events": SENDING, "notifications": READING}) as life.running:
        await life.register("alex", "large")
        await eventually(lambda: is_due(life.running["notifications"]))
    async with running_all(services, {"events": SENDING}) as life.running:
        await life.register("noor", "large")
        await eventually(lambda: is_sent(life.running["events"]))
    async with running_all(services, {"events": API}) as life.running:
        await life.register("desk", "large")


async def is_sent(events: Running) -> bool:
    return not await events.pool.fetchval(UNSENT)


async def is_due(notifications: Running) -> bool:
    return bool(await notifications.pool.fetchval(UNFINISHED))


async def require_equal_projections(running: Running4) -> None:
    """What is held of others is what they have."""
    for owner, theirs, holder, ours in PROJECTIONS:
        had = [tuple(row) for row in await running[owner].pool.fetch(theirs)]
        held = [tuple(row) for row in await running[holder].pool.fetch(ours)]
        assert held == had, f"{holder} has something else than {owner}: {ours}"


async def decide(operator: Operator, services: Services) -> None:
    """Look at what is held; nothing of it is released but one mail, and the rest is dropped."""
    service = services["notifications"]
    kinds = await operator.does(service, "held list")
    assert {"registered", "moved-up", "withdrawn", "adviser-asked"} <= {
        row.split()[0] for row in kinds.splitlines()
    }
    shown = await operator.does(service, "held show KIND", KIND="registered")
    one = shown.splitlines()[1].split()[0]
    assert await operator.does(service, "held release DELIVERY", DELIVERY=one) == "released 1\n"
    never = "held release all --since TIME"
    assert await operator.does(service, never, TIME="2099-01-01T00:00:00") == "released 0\n"
    await operator.does(service, "held drop all")
    assert await said(service, "held", "list") == (0, "nothing\n")


async def require_news(life: Life, mailbox: MailServer, sent: list[str]) -> None:
    """What happens after the restore is heard of, once."""
    released = mailbox.ids[len(sent) :]
    assert len(released) == 1
    before = len(mailbox.ids)
    await life.register("alex", "small")
    await life.withdraw("kim", "small")
    await life.settle()
    heard = sorted(mailbox.recipients[before:])
    assert heard == ["alex@example.org", "kim@example.org", "sascha@example.org"]
    assert len(set(mailbox.ids[before:])) == 3
