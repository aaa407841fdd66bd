"""The platform on Kubernetes: its manifests are whole, and say of topics and users what the catalogue says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.kafka.grants import SERVICES, Grant, list_service_grants
from deploy.kubernetes.__main__ import BASE, FOLDER, render_files
from deploy.local.home import CHECKOUT
from shared.contracts.catalogue import TOPICS
from shared.messaging.metrics import LAG
from shared.runtime.process import BACKGROUND_CONNECTIONS, PROBE_CONNECTIONS, REQUEST_CONNECTIONS
from tests.deploy.kubernetes.checks import GIVEN, list_breaches
from tests.deploy.kubernetes.kustomize import Manifest, build, find
from tests.operations.document import commands, sections

OVERLAY = FOLDER / "overlays" / "example"
THINGS = build(OVERLAY)
# The most of each part: for requests, for messages or work, for the relay. Others are CloudNativePG and operators.
CONNECTIONS = {
    "api": REQUEST_CONNECTIONS + PROBE_CONNECTIONS,
    "consumers": BACKGROUND_CONNECTIONS + PROBE_CONNECTIONS,
    "relay": 1 + PROBE_CONNECTIONS,
    "work": BACKGROUND_CONNECTIONS + PROBE_CONNECTIONS,
}
OTHERS = 20


def every(kind: str) -> dict[str, Manifest]:
    """The specs of all of this kind, by name."""
    return {thing["metadata"]["name"]: thing["spec"] for thing in THINGS if thing["kind"] == kind}


def walking(heading: str) -> str:
    """The commands of a section, which a shell carries out one after the other."""
    return "\n".join(commands(sections()[heading]))


def test_what_is_made_is_up_to_date() -> None:
    for path, text in render_files().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run make manifests"


@pytest.mark.parametrize("folder", [BASE, OVERLAY], ids=["base", "overlay"])
def test_manifests_are_whole(folder: Path) -> None:
    assert list_breaches(build(folder)) == []


def test_every_file_is_part_of_the_base() -> None:
    plan = yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))
    assert set(plan["resources"]) == {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}


def test_topics_are_those_of_the_catalogue() -> None:
    described = every("KafkaTopic")
    assert described.keys() == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        spec = described[topic.name]
        assert (spec["partitions"], spec["replicas"]) == (topic.partitions, 3)
        assert {name: str(value) for name, value in spec["config"].items()} == topic.settings


def test_users_may_do_what_the_catalogue_says() -> None:
    users = every("KafkaUser")
    assert users.keys() == {*SERVICES, "admin"}
    assert "authorization" not in users["admin"]
    for service in SERVICES:
        granted = {
            Grant(service, name.lower(), place["type"], place["name"], place["patternType"] == "prefix")
            for acl in users[service]["authorization"]["acls"]
            for place in [acl["resource"]]
            for name in acl["operations"]
        }
        assert granted == set(list_service_grants(service))


def test_nobody_reaches_kafka_without_a_password_and_tls_or_may_do_what_nobody_allowed() -> None:
    kafka = every("Kafka")["kafka"]["kafka"]
    assert kafka["authorization"] == {"type": "simple", "superUsers": ["admin"]}
    for listener in kafka["listeners"]:
        assert (listener["tls"], listener["authentication"]) == (True, {"type": "scram-sha-512"})


def test_secrets_are_those_that_the_documents_command_makes(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
    script = walking("Beyond one machine")
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environment, check=True)

    for name, user in every("KafkaUser").items():
        given = user["authentication"]["password"]["valueFrom"]["secretKeyRef"]
        folder = tmp_path / "secrets" / ("kafka-admin" if name == "admin" else name)
        assert given["name"] == f"{name}-secrets"
        assert (folder / given["key"]).is_file()
        assert name == "admin" or "@postgres-rw:5432/" in (folder / "alumnibus_database").read_text("utf-8")


def test_the_document_names_every_secret() -> None:
    rows = re.findall(r"^\| (`.*?) \|", sections()["Beyond one machine"], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == GIVEN | {"door-tls"}


def test_as_many_processes_as_may_run_find_a_connection_to_the_database() -> None:
    """During a rollout there is one more of each."""
    most = {name: spec.get("replicas", 0) for name, spec in every("Deployment").items()}
    most |= {name: spec["maxReplicas"] for name, spec in every("HorizontalPodAutoscaler").items()}
    wanted = sum(
        (most[f"{service}-{part}"] + 1) * each for service in SERVICES for part, each in CONNECTIONS.items()
    )
    settings = find(THINGS, "Cluster", "postgres")["spec"]["postgresql"]["parameters"]
    assert wanted + OTHERS <= int(settings["max_connections"])


def test_consumers_are_scaled_by_a_figure_that_they_tell() -> None:
    rules = yaml.safe_load((FOLDER / "metrics-adapter.yaml").read_text("utf-8"))["rules"]["external"]
    figure = next(iter(LAG.collect())).name
    assert [rule["name"]["as"] for rule in rules] == [figure]
    for service in SERVICES:
        scaler = every("HorizontalPodAutoscaler")[f"{service}-consumers"]
        assert [each["external"]["metric"] for each in scaler["metrics"]] == [
            {"name": figure, "selector": {"matchLabels": {"consumer": service}}}
        ]
        assert scaler["maxReplicas"] <= min(topic.partitions for topic in TOPICS)
