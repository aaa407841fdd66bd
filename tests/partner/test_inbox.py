"""A downstream consumer shows each notification once, whatever is sent twice and whenever it is killed."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import Mock
from uuid import uuid4

from shared.contracts.catalogue import outbound
from shared.contracts.notifications import Notification
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, open_producer
from shared.testing.waiting import eventually
from tests.partner.programs import EXAMPLES, load_program, write_settings

program = load_program("notifications/inbox.py")
GIZ = outbound("giz")
KIM, ALEX = str(uuid4()), str(uuid4())
NOW = datetime.now(UTC)


class Sent(NamedTuple):
    """One notification with the id of its message."""

    id: str
    data: Notification


def write(recipient: str, subject: str, expires_at: datetime | None = None) -> Sent:
    data = Notification(
        notification=uuid4(),
        organisation="giz",
        recipient=recipient,
        kind="invitation",
        language="de",
        subject=subject,
        text="Guten Tag …",
        at=NOW,
        expires_at=expires_at,
    )
    return Sent(str(uuid4()), data)


async def send(kafka: Kafka, sent: Sequence[Sent]) -> None:
    async with open_producer(kafka) as producer:
        for id, data in sent:
            headers = [("ce_id", id.encode()), ("ce_type", b"NotificationReady")]
            key = str(data.recipient).encode()
            value = data.model_dump_json().encode()
            await producer.send(kafka.topic_name(GIZ.name), value, key=key, headers=headers)


async def take(kafka: Kafka, folder: Path, inbox: Any = None) -> Any:
    """The inbox after all that is there was read."""
    inbox = inbox or program.Inbox(folder / "inbox.db")
    options = program.read_options(write_settings(folder, kafka))
    await program.take(options, inbox, kafka.topic_name(GIZ.name), once=True)
    return inbox


async def test_each_is_shown_once_to_whom_it_is_for(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    await make_topics([GIZ])
    first, second, third = write(KIM, "first"), write(ALEX, "second"), write(KIM, "third")
    await send(kafka, [first, second, first, third, first])

    inbox = await take(kafka, tmp_path)

    assert [subject for subject, _ in inbox.show(KIM)] == ["first", "third"]
    assert [subject for subject, _ in inbox.show(ALEX)] == ["second"]


async def test_it_keeps_its_place_and_reads_nothing_again(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    await make_topics([GIZ])
    await send(kafka, [write(KIM, "first"), write(ALEX, "second")])
    await take(kafka, tmp_path)
    await send(kafka, [write(KIM, "third")])
    restarted = program.Inbox(tmp_path / "inbox.db")
    restarted.put = Mock(wraps=restarted.put)

    await take(kafka, tmp_path, restarted)

    read = [json.loads(record.value) for call in restarted.put.mock_calls for record in call.args[1]]
    assert [data["subject"] for data in read] == ["third"]


async def test_what_has_expired_is_not_shown_and_what_has_no_end_is(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path, capsys: Any
) -> None:
    await make_topics([GIZ])
    soon = NOW + timedelta(days=1)
    old, fresh = write(KIM, "over", NOW - timedelta(seconds=1)), write(KIM, "to come", soon)
    await send(kafka, [old, fresh, write(KIM, "for good")])

    inbox = await take(kafka, tmp_path)

    assert [subject for subject, _ in inbox.show(KIM)] == ["to come", "for good"]
    assert capsys.readouterr().out == f"{KIM}: to come\n{KIM}: for good\n"
    inbox.database.execute("UPDATE inbox SET expires_at = expires_at - 86401")
    assert [subject for subject, _ in inbox.show(KIM)] == ["for good"]


async def test_a_notification_of_before_has_no_end(kafka: Kafka, tmp_path: Path) -> None:
    assert program.read_end(json.loads('{"subject": "of before"}')) is None


async def test_who_is_killed_goes_on_where_it_was_and_shows_nothing_twice(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    await make_topics([GIZ])
    sent = [write(KIM, f"number {number}") for number in range(3000)]
    await send(kafka, sent)
    inbox = program.Inbox(tmp_path / "inbox.db")
    process = await start(kafka, tmp_path)

    async def has_begun() -> bool:
        return count(inbox) > 0

    await eventually(has_begun)
    process.send_signal(signal.SIGKILL)
    shown, _ = await process.communicate()
    there = count(inbox)
    rest = await start(kafka, tmp_path, "--once")
    then, _ = await rest.communicate()

    assert 0 < there < len(sent)
    assert count(inbox) == len(sent)
    assert [subject for subject, _ in inbox.show(KIM)] == [one.data.subject for one in sent]
    lines = shown.decode().splitlines() + then.decode().splitlines()
    assert len(lines) == len(set(lines))
    assert len(sent) - there == len(then.splitlines())


def count(inbox: Any) -> int:
    return int(inbox.database.execute("SELECT count(*) FROM inbox").fetchone()[0])


async def start(kafka: Kafka, folder: Path, *more: str) -> asyncio.subprocess.Process:
    """The program as a process of its own."""
    settings, name = write_settings(folder, kafka), kafka.topic_name(GIZ.name)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, EXAMPLES / "notifications" / "inbox.py", settings, folder / "inbox.db", name),
        *more,
        stdout=asyncio.subprocess.PIPE,
    )
