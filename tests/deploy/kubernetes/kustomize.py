"""What `kustomize build` would make of a folder, as far as ours use it; what they don't use is refused."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]


class Unresolved(Exception):
    """A reference that leads nowhere, or a feature that isn't known here."""


def build(folder: Path) -> list[Manifest]:
    """All objects of the kustomization in `folder`. Raises `Unresolved`."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    things = [thing for name in plan.pop("resources") for thing in _load(folder / name)]
    _require_unique(things)
    for step, given in plan.items():
        if step not in ("apiVersion", "kind"):
            _find_step(step)(things, given)
    return things


def find(things: list[Manifest], kind: str, name: str) -> Manifest:
    """The one object of this kind and name. Raises `Unresolved`."""
    for thing in things:
        if (thing["kind"], thing["metadata"]["name"]) == (kind, name):
            return thing
    raise Unresolved(f"no {kind} is called {name}")


def find_pod(thing: Manifest) -> Manifest:
    """What its pods are made from; empty if it isn't one of Kubernetes' own that make pods."""
    spec = thing.get("spec", {})
    match thing["kind"]:
        case "Deployment" | "Job":
            return dict.get(spec, "template", {})
        case "CronJob":
            return dict.get(spec["jobTemplate"]["spec"], "template", {})
    return {}


def find_containers(things: list[Manifest]) -> Iterator[Manifest]:
    """All containers of all pods."""
    for thing in things:
        spec = find_pod(thing).get("spec", {})
        yield from spec.get("initContainers", ())
        yield from spec.get("containers", ())


def _require_unique(things: list[Manifest]) -> None:
    names = [(thing["kind"], thing["metadata"]["name"]) for thing in things]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Unresolved(f"{twice} is there twice")


def _load(path: Path) -> list[Manifest]:
    if path.is_dir():
        return build(path)
    if not path.is_file():
        raise Unresolved(f"{path.name} isn't there")
    return [_unshare(thing) for thing in yaml.safe_load_all(path.read_text("utf-8"))]


def _unshare(thing: Manifest) -> Manifest:
    """The same, of which a part that stands at two places (YAML's aliases) can be changed at one."""
    return json.loads(json.dumps(thing))  # type: ignore[no-any-return]


def _find_step(name: str) -> Callable[[list[Manifest], Any], None]:
    steps: dict[str, Callable[[list[Manifest], Any], None]] = {
        "labels": _add_labels,
        "configMapGenerator": _make_config_maps,
        "images": _name_images,
        "namespace": _set_namespace,
        "patches": _apply_patches,
    }
    if name not in steps:
        raise Unresolved(f"{name} isn't known here")
    return steps[name]


def _add_labels(things: list[Manifest], given: list[Manifest]) -> None:
    pairs = {name: value for entry in given for name, value in entry["pairs"].items()}
    for thing in things:
        thing["metadata"].setdefault("labels", {}).update(pairs)
        if thing["kind"] == "CronJob":
            thing["spec"]["jobTemplate"].setdefault("metadata", {}).setdefault("labels", {}).update(pairs)
        if pod := find_pod(thing):
            pod["metadata"]["labels"].update(pairs)


def _make_config_maps(things: list[Manifest], given: list[Manifest]) -> None:
    for entry in given:
        data = dict(literal.split("=", 1) for literal in entry["literals"])
        if entry.get("behavior") == "merge":
            find(things, "ConfigMap", entry["name"])["data"].update(data)
        else:
            things.append({"kind": "ConfigMap", "metadata": {"name": entry["name"]}, "data": data})


def _name_images(things: list[Manifest], given: list[Manifest]) -> None:
    for entry in given:
        ours = [container for container in find_containers(things) if container["image"] == entry["name"]]
        if not ours:
            raise Unresolved(f"no container has the image {entry['name']}")
        for container in ours:
            container["image"] = f"{entry['newName']}:{entry['newTag']}"


def _set_namespace(things: list[Manifest], namespace: str) -> None:
    for thing in things:
        thing["metadata"]["namespace"] = namespace


def _apply_patches(things: list[Manifest], given: list[Manifest]) -> None:
    for entry in given:
        thing = find(things, entry["target"]["kind"], entry["target"]["name"])
        for change in yaml.safe_load(entry["patch"]):
            _change(thing, **change)


def _change(thing: Manifest, op: str, path: str, value: object) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in path.strip("/").split("/"))
    if op not in ("add", "replace"):
        raise Unresolved(f"{op} isn't known here")
    place: Any = thing
    try:
        for step in way:
            place = place[step]
        _ = place[last] if op == "replace" else None
    except LookupError:
        raise Unresolved(f"{thing['kind']} has no {path}") from None
    place[last] = value
