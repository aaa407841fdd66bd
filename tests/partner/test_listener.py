"""The partner's example: it arrives at the truth whatever comes twice or late, and sees what must not be there."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.kafka.client_files import LIBRDKAFKA, write_files
from shared.contracts.catalogue import OFFER
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, open_producer

LISTENER = Path(__file__).parents[2] / "examples" / "partner" / "listen.py"


async def listen(kafka: Kafka, folder: Path, *options: str) -> Any:
    write_files(folder, kafka)
    command = (str(LISTENER), str(folder / LIBRDKAFKA), kafka.topic_name(OFFER.name), *options)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(told)[kafka.topic_name(OFFER.name)]


async def say(kafka: Kafka, key: str, sequence: int, data: Any, id: str | None = None) -> None:
    headers = [
        ("ce_id", id or str(uuid4())),
        ("ce_type", "EventChanged"),
        ("ce_sequence", f"{sequence:020d}"),
    ]
    async with open_producer(kafka) as producer:
        value = None if data is None else json.dumps(data, ensure_ascii=False).encode()
        await producer.send_and_wait(
            kafka.topic_name(OFFER.name),
            value,
            key=key.encode(),
            headers=[(n, v.encode()) for n, v in headers],
        )


async def test_repeats_late_messages_and_tombstones_leave_the_newest_state(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    await make_topics([OFFER])
    await say(kafka, "a", 2, {"state": "published", "registered": 5}, id="twice")
    await say(kafka, "a", 2, {"state": "published", "registered": 5}, id="twice")
    await say(kafka, "a", 1, {"state": "published", "registered": 1})
    await say(kafka, "b", 1, {"state": "published", "registered": 7})
    await say(kafka, "b", 2, None)

    told = await listen(kafka, tmp_path)

    assert told["keys"] == 1
    assert told["registered"] == 5
    assert told["repeats"] == 1
    assert told["records"] == 5


async def test_it_finds_a_name_that_must_not_be_there(
    kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    await make_topics([OFFER])
    forbidden = tmp_path / "forbidden"
    forbidden.write_text("Kim Beispiel\nkim@example.org\n", "utf-8")
    await say(kafka, "a", 1, {"state": "published", "title": "Ein Abend mit Kim Beispiel"})
    await say(kafka, "b", 1, {"state": "published", "title": "Ein Abend in Bonn"})

    told = await listen(kafka, tmp_path, "--forbid", str(forbidden))

    assert told["leaks"] == 1
