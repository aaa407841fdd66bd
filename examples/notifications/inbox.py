"""A portal's inbox: takes the finished notifications of an organisation from its topic, and shows each once.

    python inbox.py librdkafka.properties inbox.db notifications.outbound.giz.v1

The settings are the file that comes with the credentials. Notifications and the place up to which they were read are
stored in one transaction, so whoever is killed goes on where it was. What was sent twice is there already by its
`ce_id`; what has expired is not shown. `--once` ends it when it has read all that is there. It uses aiokafka and
nothing of Alumnibus.
"""

import argparse
import asyncio
import json
import sqlite3
import ssl
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer

TABLES = """
CREATE TABLE IF NOT EXISTS inbox (
    id TEXT PRIMARY KEY, recipient TEXT, language TEXT, subject TEXT, text TEXT, expires_at REAL);
CREATE INDEX IF NOT EXISTS inbox_recipient ON inbox (recipient);
CREATE TABLE IF NOT EXISTS place (topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition));
"""
PUT = "INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING id"
SHOW = """
SELECT subject, text FROM inbox WHERE recipient = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY rowid"""


class Inbox:
    """What was received, in a database."""

    def __init__(self, file):
        self.database = sqlite3.connect(file)
        self.database.executescript(TABLES)

    def find_place(self, partition):
        """The offset to go on at; None if nothing was read yet."""
        asked = (partition.topic, partition.partition)
        found = self.database.execute("SELECT next FROM place WHERE topic = ? AND partition = ?", asked)
        return next((place for (place,) in found), None)

    def put(self, partition, records):
        """Take in records in one transaction; returns what is new and hasn't expired."""
        with self.database:
            place = (partition.topic, partition.partition, records[-1].offset + 1)
            self.database.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", place)
            return [data for record in records if (data := self._put_one(record)) is not None]

    def _put_one(self, record):
        headers = {name: value.decode() for name, value in record.headers}
        if headers["ce_type"] != "NotificationReady":
            return None
        data = json.loads(record.value)
        ends = read_end(data)
        row = (headers["ce_id"], data["recipient"], data["language"], data["subject"], data["text"], ends)
        is_new = self.database.execute(PUT, row).fetchone() is not None
        return data if is_new and (ends is None or ends > read_clock()) else None

    def show(self, recipient):
        """What a person sees now: subjects and texts, in the order in which they came."""
        return self.database.execute(SHOW, (recipient, read_clock())).fetchall()


def read_end(data):
    """When nobody needs it any more, in seconds since 1970; None: never. Older notifications don't have the field."""
    end = data.get("expires_at")
    return None if end is None else datetime.fromisoformat(end).timestamp()


def read_clock():
    return datetime.now(UTC).timestamp()


async def take(options, inbox, topic, once=False):
    """Fill the inbox from where it is."""
    consumer = AIOKafkaConsumer(topic, **options, enable_auto_commit=False, auto_offset_reset="earliest")
    async with consumer:
        for partition in consumer.assignment():
            if (place := inbox.find_place(partition)) is not None:
                consumer.seek(partition, place)
        ends = await consumer.end_offsets(consumer.assignment())
        while not once or not await has_reached(consumer, ends):
            for partition, records in (await consumer.getmany(timeout_ms=200, max_records=100)).items():
                for data in inbox.put(partition, records):
                    print(f"{data['recipient']}: {data['subject']}", flush=True)


async def has_reached(consumer, ends):
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


def read_options(file):
    """How the client finds the brokers and signs in."""
    settings = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    authority = settings.get("ssl.ca.location")
    return {
        "bootstrap_servers": settings["bootstrap.servers"],
        "security_protocol": settings["security.protocol"],
        "ssl_context": ssl.create_default_context(cafile=file.parent / authority) if authority else None,
        "sasl_mechanism": settings.get("sasl.mechanism", "SCRAM-SHA-512"),
        "sasl_plain_username": settings.get("sasl.username"),
        "sasl_plain_password": settings.get("sasl.password"),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("topic")
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    asyncio.run(take(read_options(given.settings), Inbox(given.database), given.topic, given.once))


if __name__ == "__main__":
    main()
