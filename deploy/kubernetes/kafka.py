"""Topics and users of the catalogue as Strimzi's objects."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from deploy.kafka.grants import SERVICES, Grant, list_service_grants
from shared.contracts.catalogue import TOPICS, Topic

CLUSTER = "kafka"
BROKERS = 3
ADMINISTRATOR = "admin"


def describe_topics() -> list[dict[str, Any]]:
    """Each topic, a copy on every broker."""
    return [_describe_topic(topic) for topic in TOPICS]


def describe_users() -> list[dict[str, Any]]:
    """Each service with its rights, and the administrator, who as a super user needs none."""
    services = [_describe_user(service, list_service_grants(service)) for service in SERVICES]
    return [*services, _describe_user(ADMINISTRATOR, [])]


def _describe_topic(topic: Topic) -> dict[str, Any]:
    settings = {name: int(value) if value.isdigit() else value for name, value in topic.settings.items()}
    spec = {"partitions": topic.partitions, "replicas": BROKERS, "config": settings}
    return _describe("KafkaTopic", topic.name, spec)


def _describe_user(user: str, grants: Iterable[Grant]) -> dict[str, Any]:
    password = {"secretKeyRef": {"name": f"{user}-secrets", "key": "alumnibus_kafka_password"}}
    spec = {"authentication": {"type": "scram-sha-512", "password": {"valueFrom": password}}}
    acls = [_describe_acl(place, allowed) for place, allowed in groupby(sorted(grants, key=_place), _place)]
    return _describe("KafkaUser", user, spec | _authorize(acls))


def _authorize(acls: list[dict[str, Any]]) -> dict[str, Any]:
    return {"authorization": {"type": "simple", "acls": acls}} if acls else {}


def _place(grant: Grant) -> tuple[str, str, bool]:
    return grant.kind, grant.name, grant.prefixed


def _describe_acl(place: tuple[str, str, bool], grants: Iterable[Grant]) -> dict[str, Any]:
    kind, name, prefixed = place
    resource = {"type": kind, "name": name, "patternType": "prefix" if prefixed else "literal"}
    return {"resource": resource, "operations": sorted(grant.operation.title() for grant in grants)}


def _describe(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}}
    return {"apiVersion": "kafka.strimzi.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
