"""The settings of an embedded broker: who may come in at which listener, and the measures of one machine.

Nobody comes in without a password, and nobody may do anything that an access list doesn't say:

    INNER       loopback, SCRAM: our services, operators, the brokers among themselves
    PARTNERS    SCRAM over TLS, with a certificate of the home's own authority: partners' systems
    CONTROLLER  loopback, one password of the brokers': it is asked for before the users can be read
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK
from shared.messaging.kafka import MECHANISM

ADMIN = "admin"
BROKER = "broker"
REAUTHENTICATION_SECONDS = 600
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


@dataclass(frozen=True)
class Node:
    """One broker, which is a controller too, and where its listeners are."""

    number: int
    port: int
    partners_port: int
    controller_port: int
    folder: Path

    @property
    def address(self) -> str:
        """Where our services reach it."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def partners_address(self) -> str:
        """Where partners' systems reach it."""
        return f"{LOOPBACK}:{self.partners_port}"


def build_settings(node: Node, nodes: Sequence[Node], password: str, certificate: Path) -> dict[str, str]:
    """All settings; `password` is the brokers' own, `certificate` a file of PEM with its key."""
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "log.dirs": str(node.folder / "log"),
        "auto.create.topics.enable": "false",
        **_build_listeners(node, nodes),
        **_build_security(password, certificate),
        **_build_measures(len(nodes)),
    }


def _build_listeners(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
    reached = f"INNER://{node.address},PARTNERS://{node.partners_address}"
    return {
        "listeners": f"{reached},CONTROLLER://{LOOPBACK}:{node.controller_port}",
        "advertised.listeners": reached,
        "listener.security.protocol.map": "INNER:SASL_PLAINTEXT,PARTNERS:SASL_SSL,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "INNER",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{n.number}@{LOOPBACK}:{n.controller_port}" for n in nodes),
    }


def _build_security(password: str, certificate: Path) -> dict[str, str]:
    account = f'username="{BROKER}" password="{password}"'
    scram = f"{MECHANISM.lower()}.sasl.jaas.config"
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:{BROKER}",
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "sasl.mechanism.controller.protocol": "PLAIN",
        f"listener.name.inner.{scram}": f"{_SCRAM} {account};",
        f"listener.name.partners.{scram}": f"{_SCRAM};",
        "listener.name.partners.ssl.keystore.type": "PEM",
        "listener.name.partners.ssl.keystore.location": str(certificate),
        "listener.name.partners.connections.max.reauth.ms": str(REAUTHENTICATION_SECONDS * 1000),
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": f'{_PLAIN} {account} user_{BROKER}="{password}";',
    }


def _build_measures(brokers: int) -> dict[str, str]:
    copies = str(min(3, brokers))
    safe_copies = str(min(2, brokers))
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": safe_copies,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": safe_copies,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": safe_copies,
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # Kafka 4.3 may forget all users at a restart if one was removed before the first snapshot of its metadata
        # (ScramDelta.apply; it is mended upstream): that one comes soon, and not after an hour.
        "metadata.log.max.record.bytes.between.snapshots": "16384",
        # A killed broker is let in again only when its old registration has run out (default 9 s).
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        # The default, 128 MB, does not fit beside the rest in a heap of 512 MB.
        "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
    }
