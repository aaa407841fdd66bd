"""The unsafe defaults of the Kafka clients appear nowhere, and the safe choices are written down."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PRODUCT, calls, keywords, modules

FOLDERS = (*PRODUCT, "examples", "bench")
PEERS = "bench/peers"  # relays by others, wired as their own documentation says
FORBIDDEN_NAMES = {"ACK_FIRST", "ACK", "REJECT_ON_ERROR", "NACK_ON_ERROR", "publish_batch"}
SAFE = {
    "AIOKafkaProducer": {"acks": "'all'"},
    "AIOKafkaConsumer": {"auto_offset_reset": "'earliest'"},
    "subscriber": {"ack_policy": "AckPolicy.MANUAL", "auto_offset_reset": "'earliest'"},
}
FORBIDDEN_ARGUMENTS = {
    "auto_offset_reset": {"'latest'", "'none'"},
    "acks": {"0", "1", "'0'", "'1'"},
    "enable_idempotence": {"False"},
    "allow_auto_create_topics": {"True"},
    "enable_auto_commit": {"True"},
}


def unsafe(tree: ast.AST) -> Iterator[str]:
    """What a source does that the traps forbid."""
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name in FORBIDDEN_NAMES:
            yield name
    for name, call in calls(tree):
        given = keywords(call)
        for argument, value in SAFE.get(name, {}).items():
            if given.get(argument) != value:
                yield f"{name} without {argument}={value}"
        yield from (f"{a}={v}" for a, v in given.items() if v in FORBIDDEN_ARGUMENTS.get(a, ()))
        if name.startswith("AIOKafka") and "bootstrap_servers" in given:
            yield f"{name} that may lack the password: it is given client_options"
        if name == "subscriber" and "max_workers" in given:
            yield "max_workers"


def test_no_source_uses_an_unsafe_default() -> None:
    found = [
        f"{path}: {what}"
        for path, tree in modules(*FOLDERS)
        if not path.is_relative_to(PEERS)
        for what in unsafe(tree)
    ]

    assert found == []


def test_the_broker_makes_no_topic_by_itself() -> None:
    settings = [
        (path, key.value, value.value)
        for path, tree in modules("deploy")
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    ]

    made = [(path, value) for path, key, value in settings if key == "auto.create.topics.enable"]
    assert made
    assert {value for _, value in made} == {"false"}


@pytest.mark.parametrize(
    "source",
    [
        "broker.subscriber('t', ack_policy=AckPolicy.ACK_FIRST, auto_offset_reset='earliest')",
        "broker.subscriber('t', ack_policy=AckPolicy.MANUAL)",
        "broker.subscriber('t', ack_policy=AckPolicy.MANUAL, auto_offset_reset='earliest', max_workers=2)",
        "broker.publish_batch(a, b, topic='t')",
        "AIOKafkaProducer(bootstrap_servers='x')",
        "AIOKafkaProducer(acks=1)",
        "AIOKafkaConsumer('t', auto_offset_reset='latest')",
        "AIOKafkaConsumer('t')",
        "AIOKafkaClient(bootstrap_servers='x')",
        "KafkaBroker('x', allow_auto_create_topics=True)",
    ],
)
def test_each_unsafe_default_is_found(source: str) -> None:
    assert list(unsafe(ast.parse(source)))
