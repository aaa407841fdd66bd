"""`python -m deploy.kubernetes` writes the manifests that are made: services, topics, users, alarms."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.kafka import describe_topics, describe_users
from deploy.postgres.roles import SERVICES
from shared.runtime.service import PARTS

FOLDER = Path(__file__).parent
BASE = FOLDER / "base"
ALERTS = FOLDER.parent / "observability" / "alerts.yaml"
# One relay leads and one waits to, and work that waits for a time is done by whoever comes first; the others' number
# is for their autoscaler to say.
REPLICAS = {"relay": 2, "work": 2}


def render_files() -> dict[Path, str]:
    """Path and text of each."""
    return {
        **{BASE / f"{service}.yaml": _render(list(_describe_service(service))) for service in SERVICES},
        BASE / "kafka-topics.yaml": _render(describe_topics()),
        BASE / "kafka-users.yaml": _render(describe_users()),
        BASE / "alerts.yaml": _render([_describe_alerts()]),
    }


def _describe_service(service: str) -> Iterator[dict[str, Any]]:
    yield from _fill("service.yaml", {"SERVICE": service})
    for part in PARTS:
        for thing in _fill("part.yaml", {"SERVICE": service, "PART": part}):
            if thing["kind"] == "Deployment" and part in REPLICAS:
                thing["spec"]["replicas"] = REPLICAS[part]
            yield thing


def _fill(template: str, words: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    text = (FOLDER / "templates" / template).read_text("utf-8")
    for word, value in words.items():
        text = text.replace(word, value)
    yield from yaml.safe_load_all(text)


def _describe_alerts() -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "alumnibus"},
        "spec": yaml.safe_load(ALERTS.read_text("utf-8")),
    }


class _Plain(yaml.SafeDumper):
    """Writes what is the same twice, instead of leading from one to the other."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _render(things: Sequence[dict[str, Any]]) -> str:
    text = yaml.dump_all(things, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)
    return f"# Made by `make manifests`.\n{text}"


def main() -> None:
    """Write every file."""
    for path, text in render_files().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
