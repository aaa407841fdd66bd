"""The changelog for partners, and the contracts as each of its versions published them.

`history/<version>/<topic>.json` holds what a version changed, as `describe_contract` tells it; SHA256 seals it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

FILE = Path(__file__).with_name("changelog.json")
HISTORY = Path(__file__).with_name("history")


class Change(BaseModel):
    """What changed for the readers of some topics, in a sentence or two by language (en, de)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: tuple[str, ...]
    texts: Mapping[str, str]


class Version(BaseModel):
    """One version of the contracts: when it was published, and all that it changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    published: date
    changes: tuple[Change, ...]

    @property
    def topics(self) -> set[str]:
        """The topics that it changed."""
        return {topic for change in self.changes for topic in change.topics}


@cache
def read_changelog() -> Sequence[Version]:
    """All versions, the newest first."""
    return TypeAdapter(tuple[Version, ...]).validate_json(FILE.read_bytes())


def read_history(topic: str, folder: Path = HISTORY) -> Mapping[int, Mapping[str, Any]]:
    """A topic's contract by the version that published it, the oldest first."""
    found = {int(path.parent.name): path for path in folder.glob(f"*/{topic}.json")}
    return {version: json.loads(found[version].read_text("utf-8")) for version in sorted(found)}


def list_published(folder: Path = HISTORY) -> set[str]:
    """The topics that any version published."""
    return {path.name.removesuffix(".json") for path in folder.glob("*/*.json")}


def read_seals(folder: Path = HISTORY) -> Mapping[str, str]:
    """The SHA-256 of each file of the history, as it was noted when it was written."""
    lines = (folder / "SHA256").read_text("utf-8").splitlines() if (folder / "SHA256").exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def compute_seals(folder: Path = HISTORY) -> Mapping[str, str]:
    """The same of the files as they are."""
    paths = sorted(folder.glob("*/*.json"), key=lambda path: (int(path.parent.name), path.name))
    return {f"{path.parent.name}/{path.name}": _digest(path) for path in paths}


def record_changes(
    contracts: Mapping[str, Mapping[str, Any]], version: int, folder: Path = HISTORY
) -> Iterator[str]:
    """Write what is new since the last version into the history of this one; tells why not where it has been sealed."""
    changed = find_unpublished(contracts, folder)
    if changed and (folder / str(version)).exists():
        yield (
            f"version {version} is published, and {', '.join(changed)} changed since:"
            f" add version {version + 1} to {FILE.name} and begin again (or, before anybody has seen"
            f" {version}, remove its folder in history/ and its lines in SHA256)"
        )
        return
    for topic in changed:
        path = folder / str(version) / f"{topic}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(contracts[topic], indent=1, ensure_ascii=False) + "\n", "utf-8")
    seals = {**compute_seals(folder), **read_seals(folder)}
    (folder / "SHA256").write_text("".join(f"{digest}  {name}\n" for name, digest in seals.items()), "utf-8")


def find_unpublished(contracts: Mapping[str, Mapping[str, Any]], folder: Path = HISTORY) -> list[str]:
    """The topics whose contract is not the one that was published last."""
    return [
        topic
        for topic, contract in contracts.items()
        if [*read_history(topic, folder).values()][-1:] != [contract]
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
