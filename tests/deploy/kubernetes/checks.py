"""What must be true of manifests; each check yields a sentence for what isn't."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from deploy.kafka.partners import PartnerSettings
from deploy.postgres.roles import SERVICES
from services.events.settings import Settings as EventsSettings
from services.matching.settings import Settings as MatchingSettings
from services.members.settings import Settings as MembersSettings
from services.notifications.settings import Settings as NotificationsSettings
from shared.runtime import health
from shared.runtime.service import PARTS
from shared.runtime.settings import Environment
from tests.deploy.kubernetes.kustomize import Manifest, find_containers, find_pod

SCHEMAS = Path(__file__).parent / "schemas"
DOOR = Path(__file__).parents[3] / "deploy" / "Caddyfile"
SETTINGS: dict[str, type[Environment]] = {
    "members": MembersSettings,
    "events": EventsSettings,
    "matching": MatchingSettings,
    "notifications": NotificationsSettings,
    "partners": PartnerSettings,
}
# Made by the operators, and by whoever runs the platform (docs/operations.md, "Beyond one machine").
MADE = {"kafka-cluster-ca-cert", "postgres-superuser"}
GIVEN = {f"{user}-secrets" for user in (*SERVICES, "admin", "backup")}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


@cache
def read_schemas() -> Mapping[str, Draft202012Validator]:
    """A validator for each apiVersion and kind."""
    validators = {}
    for path in sorted(SCHEMAS.glob("*.json")):
        schemas = json.loads(path.read_bytes())
        parts = schemas.pop("$defs", {})
        for name, schema in schemas.items():
            validators[name] = Draft202012Validator(schema | {"$defs": parts})
    return validators


def check_schemas(things: list[Manifest]) -> Iterator[str]:
    """Each object has the fields that its kind knows, and those that it needs."""
    for thing in (thing for thing in things if thing["kind"] != "ConfigMap"):
        kind = f"{thing['apiVersion']}/{thing['kind']}"
        if kind not in read_schemas():
            yield f"{kind} has no schema"
            continue
        for error in read_schemas()[kind].iter_errors(thing):
            place = "/".join(map(str, error.instance_path))
            yield f"{thing['kind']} {thing['metadata']['name']}: {place}: {error.message}"


def check_parts(things: list[Manifest]) -> Iterator[str]:
    """Each part of each service is deployed once, with its own probe, and its schema before it."""
    deployed = [
        tuple(each["args"]) for each in find_containers(things) if "serve" in dict.get(each, "args", ())
    ]
    wanted = [_list_arguments(service, part) for service in SERVICES for part in PARTS]
    if sorted(deployed) != sorted(wanted):
        yield f"parts: {sorted(set(deployed) ^ set(wanted)) or 'one is there twice'}"
    for thing in things:
        if thing["kind"] == "Deployment" and thing["metadata"]["name"] != "door":
            yield from _check_part(thing)


def _list_arguments(service: str, part: str) -> tuple[str, ...]:
    return (f"services.{service}", "serve", "--only", part)


def _check_part(thing: Manifest) -> Iterator[str]:
    spec, name = find_pod(thing)["spec"], thing["metadata"]["name"]
    service, _, part = name.partition("-")
    if tuple(spec["containers"][0]["args"]) != _list_arguments(service, part):
        yield f"{name} runs something else"
    if spec["containers"][0]["readinessProbe"]["httpGet"]["path"] != f"/readyz/{part}":
        yield f"{name} is ready by another part's probe"
    if [each["args"] for each in spec.get("initContainers", ())] != [[f"services.{service}", "migrate"]]:
        yield f"{name} starts before its schema is there"


def check_probes(things: list[Manifest]) -> Iterator[str]:
    """A probe asks for a path that services answer, at a port that the container has."""
    app = FastAPI()
    app.include_router(health.router)
    known = {app.url_path_for("check_liveness"), app.url_path_for("check_readiness")}
    known |= {app.url_path_for("check_part", part=part) for part in PARTS}
    for container in find_containers(things):
        ports = {port["name"] for port in container.get("ports", ())}
        for asked in (value.get("httpGet") for name, value in container.items() if name.endswith("Probe")):
            if asked and (asked["path"] not in known or asked["port"] not in ports):
                yield f"{container['name']} is asked for {asked['path']} at {asked['port']}"


def check_environments(things: list[Manifest]) -> Iterator[str]:
    """A process is told nothing that its own settings, or the door's, don't know."""
    maps = {each["metadata"]["name"]: each["data"] for each in things if each["kind"] == "ConfigMap"}
    for container in find_containers(things):
        told = {each["name"] for each in container.get("env", ())}
        for source in (each["configMapRef"] for each in container.get("envFrom", ())):
            if source["name"] not in maps and not source.get("optional"):
                yield f"{container['name']}: no ConfigMap is called {source['name']}"
            told |= set(maps.get(source["name"], ()))
        for name in sorted(told - _list_known(container["name"])):
            yield f"{container['name']} knows no {name}"


def _list_known(container: str) -> set[str]:
    if container == "door":
        places = DOOR.read_text("utf-8").split("{$")[1:]
        return {place.partition("}")[0].partition(":")[0] for place in places}
    fields = SETTINGS[container].model_fields if container in SETTINGS else {}
    return {f"ALUMNIBUS_{name.upper()}" for name in fields}


def check_hardening(things: list[Manifest]) -> Iterator[str]:
    """A process of ours has no rights that it doesn't need, and limits."""
    for thing in (thing for thing in things if find_pod(thing)):
        spec, name = find_pod(thing)["spec"], thing["metadata"]["name"]
        rights = spec.get("securityContext", {})
        if not (
            spec.get("automountServiceAccountToken") is False
            and rights.get("runAsNonRoot")
            and rights.get("runAsUser") == 10001
            and rights.get("seccompProfile") == {"type": "RuntimeDefault"}
        ):
            yield f"{name}: its pod isn't hardened"
        for container in find_containers([thing]):
            if (
                container.get("securityContext") != HARDENED
                or "memory" not in container["resources"]["limits"]
            ):
                yield f"{name}: {container['name']} isn't hardened"


def check_secrets(things: list[Manifest]) -> Iterator[str]:
    """No secret is in a manifest, and each that one names is made by somebody."""
    for name in sorted(set(_list_secrets(things)) - MADE - GIVEN):
        yield f"nobody makes {name}"
    for thing in things:
        if thing["kind"] == "Secret":
            yield f"{thing['metadata']['name']} stands in a manifest"


def _list_secrets(place: Any, field: str = "") -> Iterator[str]:
    if isinstance(place, list):
        for each in place:
            yield from _list_secrets(each, field)
    elif isinstance(place, dict):
        if field in ("secret", "secretKeyRef", "accessKeyId", "secretAccessKey"):
            yield place["name"]
        for name, value in place.items():
            yield from _list_secrets(value, name)


def check_selectors(things: list[Manifest]) -> Iterator[str]:
    """What selects pods of ours selects some; what scales scales a Deployment that leaves its number open."""
    pods = [pod["metadata"]["labels"] for each in things if (pod := find_pod(each))]
    for thing in things:
        spec, name = thing.get("spec", {}), f"{thing['kind']} {thing['metadata']['name']}"
        match thing["kind"]:
            case "Service" | "PodDisruptionBudget" | "Deployment":
                labels = spec["selector"].get("matchLabels", spec["selector"])
                if not any(labels.items() <= pod.items() for pod in pods):
                    yield f"{name} selects nothing"
            case "HorizontalPodAutoscaler":
                target = (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"])
                scaled = [each for each in things if (each["kind"], each["metadata"]["name"]) == target]
                if not scaled or "replicas" in scaled[0]["spec"]:
                    yield f"{name} scales nothing"


CHECKS: tuple[Callable[[list[Manifest]], Iterator[str]], ...] = (
    check_schemas,
    check_parts,
    check_probes,
    check_environments,
    check_hardening,
    check_secrets,
    check_selectors,
)


def list_breaches(things: list[Manifest]) -> list[str]:
    """All that isn't true."""
    return [breach for check in CHECKS for breach in check(things)]
