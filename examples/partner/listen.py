"""A partner's listener: reads public topics from their beginning and tells what it knows then, as JSON.

    python listen.py librdkafka.properties members.member.v1 events.offer.v1

The settings are a file that a partner gets with the credentials; the authority's file lies beside it. It uses aiokafka
and nothing of Alumnibus. `--forbid FILE` names texts (one a line) that no record may contain.
"""

import argparse
import asyncio
import json
import re
import ssl
from collections import Counter
from pathlib import Path

from aiokafka import AIOKafkaConsumer


class Knowledge:
    """What one topic has told: the newest state of each key, whatever came twice or late."""

    def __init__(self, forbidden):
        self.states = {}
        self.seen = set()
        self.records = self.repeats = self.leaks = 0
        self.forbidden = forbidden

    def learn(self, record):
        self.records += 1
        headers = {name: value.decode() for name, value in record.headers}
        if headers["ce_id"] in self.seen:
            self.repeats += 1
            return
        self.seen.add(headers["ce_id"])
        self.leaks += bool(self.forbidden & phrases((record.value or b"").decode()))
        known = self.states.get(record.key)
        if known is None or known[0] < headers["ce_sequence"]:
            data = json.loads(record.value) if record.value is not None else None
            self.states[record.key] = (headers["ce_sequence"], headers["ce_type"], data)

    def told(self):
        living = [(kind, data) for _, kind, data in self.states.values() if data is not None]
        return {
            "records": self.records,
            "repeats": self.repeats,
            "leaks": self.leaks,
            "keys": len(living),
            "types": dict(Counter(kind for kind, _ in living)),
            "states": dict(Counter(data["state"] for _, data in living if "state" in data)),
            "registered": sum(data.get("registered", 0) for _, data in living),
        }


def phrases(text):
    """All runs of one to four words of a text, in lower case."""
    words = re.findall(r"[^\s\"{}\[\],:]+", text.lower())
    return {" ".join(words[i : i + n]) for n in range(1, 5) for i in range(len(words) - n + 1)}


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


async def listen(options, topics, forbidden):
    consumer = AIOKafkaConsumer(*topics, **options, auto_offset_reset="earliest")
    knowledge = {topic: Knowledge(forbidden) for topic in topics}
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    knowledge[record.topic].learn(record)
    return {topic: known.told() for topic, known in knowledge.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("topics", nargs="+")
    parser.add_argument("--forbid")
    given = parser.parse_args()
    forbidden = set()
    if given.forbid:
        with open(given.forbid, encoding="utf-8") as file:
            forbidden = {line.strip().lower() for line in file if line.strip()}
    print(json.dumps(asyncio.run(listen(read_options(given.settings), given.topics, forbidden)), indent=2))


if __name__ == "__main__":
    main()
