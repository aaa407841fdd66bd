"""Where Kafka is, how one signs in, and how a topic of the catalogue is called there."""

import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aiokafka.partitioner import murmur2

MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True)
class Kafka:
    """The brokers ("host:port,…"), and a prefix for all topics and groups where several networks share them.

    With a `user` it signs in (SCRAM-SHA-512), with a `ca` (a file of PEM) it speaks TLS with brokers that this
    authority certifies.
    """

    servers: str
    prefix: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""

    @property
    def client_options(self) -> dict[str, Any]:
        """What each client of aiokafka is given to find the brokers and to sign in."""
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context,
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.user or None,
            "sasl_plain_password": self.password or None,
        }

    @property
    def security_protocol(self) -> str:
        """As Kafka's clients name it."""
        return ("SASL_" if self.user else "") + ("SSL" if self.ca else "PLAINTEXT")

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """What checks the brokers' certificates, None without TLS."""
        return ssl.create_default_context(cafile=self.ca) if self.ca else None

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
