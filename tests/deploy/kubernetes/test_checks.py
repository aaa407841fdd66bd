"""The checks of manifests find what they are for."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from deploy.kubernetes.__main__ import BASE, FOLDER
from tests.deploy.kubernetes.checks import list_breaches
from tests.deploy.kubernetes.kustomize import Manifest, Unresolved, build, find, find_pod

OVERLAY = FOLDER / "overlays" / "example"
THINGS = build(OVERLAY)
Plant = Callable[[list[Manifest]], object]


def deployment(things: list[Manifest], name: str = "events-api") -> Any:
    return find(things, "Deployment", name)


def pod(things: list[Manifest]) -> Any:
    return find_pod(deployment(things))["spec"]


def container(things: list[Manifest]) -> Any:
    return pod(things)["containers"][0]


def kafka(things: list[Manifest]) -> Any:
    return find(things, "Kafka", "kafka")["spec"]["kafka"]


# What is changed, and a part of the sentence that finds it.
BREACHES: dict[str, tuple[Plant, str]] = {
    "a field that Kubernetes doesn't know": (
        lambda things: container(things).update(imagePullPolcy="Always"),
        "imagePullPolcy",
    ),
    "a field that Strimzi doesn't know": (lambda things: kafka(things).update(replicaz=3), "replicaz"),
    "a value that Strimzi doesn't know": (
        lambda things: kafka(things)["listeners"][0].update(type="inner"),
        "listeners/0/type",
    ),
    "a field that CloudNativePG needs": (
        lambda things: find(things, "Cluster", "postgres")["spec"].pop("instances"),
        "instances",
    ),
    "a field that Prometheus' operator doesn't know": (
        lambda things: find(things, "PodMonitor", "alumnibus")["spec"].update(jobLabels="app"),
        "jobLabels",
    ),
    "a kind without a schema": (
        lambda things: things.append({"apiVersion": "v2", "kind": "Thing", "metadata": {"name": "one"}}),
        "v2/Thing has no schema",
    ),
    "a part that nobody runs": (
        lambda things: things.remove(deployment(things, "events-relay")),
        "parts: ",
    ),
    "a part that runs twice": (
        lambda things: things.append(deepcopy(deployment(things, "events-relay"))),
        "one is there twice",
    ),
    "another part's probe": (
        lambda things: container(things)["readinessProbe"]["httpGet"].update(path="/readyz/work"),
        "another part's probe",
    ),
    "a probe of nothing": (
        lambda things: container(things)["livenessProbe"]["httpGet"].update(path="/healthz"),
        "asked for /healthz",
    ),
    "no migration first": (lambda things: pod(things).pop("initContainers"), "before its schema"),
    "a setting that nobody knows": (
        lambda things: container(things)["env"].append({"name": "ALUMNIBUS_KAFKA_USR", "value": "x"}),
        "knows no ALUMNIBUS_KAFKA_USR",
    ),
    "a setting that the door doesn't know": (
        lambda things: find(things, "ConfigMap", "door")["data"].update(ALUMNIBUS_DOORS="x"),
        "door knows no ALUMNIBUS_DOORS",
    ),
    "a ConfigMap that isn't there": (
        lambda things: things.remove(find(things, "ConfigMap", "settings")),
        "no ConfigMap is called settings",
    ),
    "a process with rights": (
        lambda things: container(things)["securityContext"].update(readOnlyRootFilesystem=False),
        "events-api: events isn't hardened",
    ),
    "a pod with a token": (
        lambda things: find_pod(find(things, "CronJob", "partners-expire"))["spec"].pop(
            "automountServiceAccountToken"
        ),
        "partners-expire: its pod isn't hardened",
    ),
    "a secret that nobody makes": (
        lambda things: pod(things)["volumes"][1]["projected"]["sources"][0]["secret"].update(name="event"),
        "nobody makes event",
    ),
    "a Secret in a file": (
        lambda things: things.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mine"}}),
        "mine stands in a manifest",
    ),
    "a Service of nothing": (
        lambda things: find(things, "Service", "events")["spec"]["selector"].update({"alumnibus/web": "yes"}),
        "Service events selects nothing",
    ),
    "an autoscaler and a fixed number": (
        lambda things: deployment(things, "events-consumers")["spec"].update(replicas=2),
        "events-consumers scales nothing",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found(breach: str) -> None:
    plant, sentence = BREACHES[breach]
    things = deepcopy(THINGS)
    plant(things)
    found = list_breaches(things)
    assert any(sentence in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- backup.yaml", "- backups.yaml"),
        ("kind: Ingress, name: door", "kind: Ingress, name: gate"),
        ("path: /spec/rules/0/host", "path: /spec/rules/1/host"),
        ("name: alumnibus-door", "name: alumnibus-gate"),
        ("- name: settings\n", "- name: setting\n"),
        ("namespace: alumnibus", "nameSpace: alumnibus"),
    ],
)
def test_a_reference_that_leads_nowhere_is_found(tmp_path: Path, old: str, new: str) -> None:
    text = (OVERLAY / "kustomization.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "backup.yaml").write_bytes((OVERLAY / "backup.yaml").read_bytes())
    (tmp_path / "kustomization.yaml").write_text(
        text.replace(old, new, 1).replace("../../base", str(BASE)), "utf-8"
    )
    with pytest.raises(Unresolved):
        build(tmp_path)
