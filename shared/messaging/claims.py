"""What a record claims: who sent it, of which key it is, how new. What its topic's owner can't have sent is refused."""

from collections.abc import Mapping

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import Topic
from shared.contracts.model import Contract
from shared.messaging.outbox import GENERATION, LAST_VERSION

# What `generation` allows (0001_messaging.sql).
LAST_GENERATION = 9000
# A key that changes thirty times a second has as many versions after a year.
MOST_VERSIONS = 10**9
# Its owner's database may have been restored so many times since a consumer last heard of it.
GENERATIONS_UNHEARD = 3


class RefusedRecord(Exception):
    """A record that its topic's owner can't have sent. The words name no value of it."""


def check_claims(
    topic: Topic,
    record: "ConsumerRecord[bytes, bytes]",
    attributes: Mapping[str, str],
    *,
    gone: bool,
) -> None:
    """Raises `RefusedRecord` for another source than the owner, another subject than the key, a log's tombstone."""
    if attributes.get("source") != topic.source:
        raise RefusedRecord("its source isn't the owner of the topic")
    if "subject" in attributes and attributes["subject"].encode() != record.key:
        raise RefusedRecord("its subject isn't its key")
    if gone and topic.kind == "log":
        raise RefusedRecord("a log has no tombstones")


def check_sequence(topic: Topic, sequence: int, *, gone: bool) -> None:
    """Raises `RefusedRecord` for a sequence that no owner reaches: only what is gone, and a log's message, has the
    last version."""
    generation, version = divmod(sequence, GENERATION)
    ends = version == LAST_VERSION and (gone or topic.kind == "log")
    if not 0 <= generation <= LAST_GENERATION or (version > MOST_VERSIONS and not ends):
        raise RefusedRecord("its sequence is past what the owner can have reached")


def check_identity(topic: Topic, key: str, data: Contract) -> None:
    """Raises `RefusedRecord` for data that say they are another key's."""
    if topic.identity and str(getattr(data, topic.identity)) != key:
        raise RefusedRecord("its data are another key's")


def check_generation(sequence: int, heard: int) -> None:
    """Raises `RefusedRecord` for a generation that is too far from the newest that was `heard` of the owner."""
    if sequence // GENERATION > heard + GENERATIONS_UNHEARD:
        raise RefusedRecord("its generation jumps")
