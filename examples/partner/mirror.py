"""A partner's mirror of public topics: their state in a database of its own, from the topics alone.

    python mirror.py librdkafka.properties mirror.db events.offer.v1 members.organisation.v1

The settings are the file that comes with the credentials. Started for the first time it reads from the beginning, later
from where it was. If it was away for longer than a topic remembers what is gone, or its database is of another topic or
of another Kafka, since that one was lost, it reads from the beginning again and removes what it didn't meet. `--once`
ends it when it has read all that is there.
It uses aiokafka and nothing of Alumnibus.
"""

import argparse
import asyncio
import sqlite3
import ssl
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

# A topic keeps what is gone as a record without a value for 30 days; who stays away longer may have missed it.
LONGEST_ABSENCE = 29 * 24 * 3600
TABLES = """
CREATE TABLE IF NOT EXISTS state (
    topic TEXT, key TEXT, sequence TEXT, type TEXT, data TEXT, doubtful INTEGER DEFAULT 0, PRIMARY KEY (topic, key));
CREATE TABLE IF NOT EXISTS place (
    topic TEXT, partition INTEGER, next INTEGER, at REAL, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS cluster (id TEXT PRIMARY KEY);
"""
# The same record again leaves the row as it is; one that comes late changes nothing. What is gone stays as a row
# without data, so that nothing late brings it back.
LEARN = """
INSERT INTO state (topic, key, sequence, type, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (topic, key) DO UPDATE
SET sequence = excluded.sequence, type = excluded.type, data = excluded.data, doubtful = 0
WHERE excluded.sequence >= state.sequence"""


class Mirror:
    """The state of the topics and the places up to which it was read: both change in one transaction."""

    def __init__(self, file):
        self.database = sqlite3.connect(file)
        self.database.executescript(TABLES)

    def meet(self, cluster):
        """Places are forgotten that are of another Kafka."""
        with self.database:
            if self.database.execute("DELETE FROM cluster WHERE id <> ?", (cluster,)).rowcount:
                self.database.execute("DELETE FROM place")
            self.database.execute("INSERT OR IGNORE INTO cluster VALUES (?)", (cluster,))

    def find_place(self, topic, partition, beginning, end):
        """Where to go on; None for whoever has to begin anew."""
        found = self.database.execute(
            "SELECT next, at FROM place WHERE topic = ? AND partition = ?", (topic, partition)
        ).fetchone()
        if found is None:
            return None
        place, at = found
        return place if beginning <= place <= end and time.time() - at < LONGEST_ABSENCE else None

    def doubt(self, topic):
        """What is known is doubtful until it is met again."""
        with self.database:
            self.database.execute("UPDATE state SET doubtful = 1 WHERE topic = ?", (topic,))
            self.database.execute("DELETE FROM place WHERE topic = ?", (topic,))

    def learn(self, partition, records, place):
        """Take in records of one partition, and that everything before `place` was read."""
        with self.database:
            self.database.executemany(LEARN, [read_record(record) for record in records])
            self.database.execute(
                "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)",
                (partition.topic, partition.partition, place, time.time()),
            )

    def drop_doubtful(self, topic):
        """Everything that is on the topic was met."""
        with self.database:
            self.database.execute("DELETE FROM state WHERE topic = ? AND doubtful = 1", (topic,))

    def count_living(self, topic):
        return self.database.execute(
            "SELECT count(*) FROM state WHERE topic = ? AND data IS NOT NULL", (topic,)
        ).fetchone()[0]


def read_record(record):
    headers = {name: value.decode() for name, value in record.headers}
    data = None if record.value is None else record.value.decode()
    return record.topic, record.key.decode(), headers["ce_sequence"], headers["ce_type"], data


async def follow(options, mirror, topics, once):
    """Read on from where the mirror is; with `once` until all that is there now was read."""
    mirror.meet(await read_cluster(options))
    consumer = AIOKafkaConsumer(*topics, **options, enable_auto_commit=False, auto_offset_reset="earliest")
    async with consumer:
        unread = {topic: await go_on(consumer, mirror, topic) for topic in topics}
        while unread or not once:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                mirror.learn(partition, records, records[-1].offset + 1)
            for topic in [topic for topic, ends in unread.items() if await has_reached(consumer, ends)]:
                await arrive(consumer, mirror, topic, unread.pop(topic))


async def read_cluster(options):
    """The id that Kafka gave itself at its first start."""
    admin = AIOKafkaAdminClient(**options)
    try:
        await admin.start()
        return (await admin.describe_cluster())["cluster_id"]
    finally:
        await admin.close()


async def go_on(consumer, mirror, topic):
    """Set the consumer to where it was in each partition, or everywhere to the beginning; returns where they end."""
    partitions = [partition for partition in consumer.assignment() if partition.topic == topic]
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    places = {p: mirror.find_place(topic, p.partition, beginnings[p], ends[p]) for p in partitions}
    if None in places.values():
        mirror.doubt(topic)
        places = beginnings
    for partition, place in places.items():
        consumer.seek(partition, place)
    return ends


async def has_reached(consumer, ends):
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


async def arrive(consumer, mirror, topic, ends):
    """All that was there at the start was read; where the last records were cleaned away, no other record says so."""
    for partition in ends:
        mirror.learn(partition, [], await consumer.position(partition))
    mirror.drop_doubtful(topic)
    print(f"{topic}: {mirror.count_living(topic)} known", flush=True)


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
    parser.add_argument("topics", nargs="+")
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    asyncio.run(follow(read_options(given.settings), Mirror(given.database), given.topics, given.once))


if __name__ == "__main__":
    main()
