"""Where Kafka is, and how a topic of the catalogue is called there."""

from dataclasses import dataclass
from functools import lru_cache

from aiokafka.partitioner import murmur2


@dataclass(frozen=True)
class Kafka:
    """The brokers ("host:port,…"), and a prefix for all topics and groups where several networks share them."""

    servers: str
    prefix: str = ""

    def topic_name(self, topic: str) -> str:
        """The topic's name on the broker."""
        return self.prefix + topic

    def catalogue_name(self, name: str) -> str:
        """The catalogue's name for a topic on the broker."""
        return name.removeprefix(self.prefix)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition where every Kafka client puts this key."""
    return _hash_key(key) % partitions


@lru_cache(maxsize=50_000)
def _hash_key(key: bytes) -> int:
    return int(murmur2(key) & 0x7FFFFFFF)
