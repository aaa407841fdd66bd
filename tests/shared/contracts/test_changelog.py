"""The changelog for partners: no contract changes without an entry, and what was published stays as it was."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.changelog import (
    HISTORY,
    compute_seals,
    find_unpublished,
    list_published,
    read_changelog,
    read_seals,
    record_changes,
)
from shared.contracts.compatibility import describe_contract
from shared.contracts.json_schemas import EVERY
from shared.i18n.languages import LANGUAGES

CONTRACTS: Mapping[str, Mapping[str, Any]] = {topic.name: describe_contract(topic) for topic in EVERY}
NEWEST = read_changelog()[0].version


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A copy of the history, to write in."""
    return Path(shutil.copytree(HISTORY, tmp_path / "history"))


@pytest.fixture
def changed() -> dict[str, Mapping[str, Any]]:
    """The contracts, one of which has a new field."""
    contracts: dict[str, Any] = json.loads(json.dumps(CONTRACTS))
    contracts["events.offer.v1"]["schema"]["properties"]["of_tomorrow"] = {"type": "string", "default": ""}
    return contracts


def test_the_contracts_are_those_that_the_newest_version_published() -> None:
    assert find_unpublished(CONTRACTS) == [], "add a version to changelog.json, and run `make contracts`"


def test_each_version_has_an_entry_that_names_what_it_changed() -> None:
    for entry in read_changelog():
        assert entry.topics == {path.stem for path in (HISTORY / str(entry.version)).glob("*.json")}
        assert all(set(change.texts) == set(LANGUAGES) for change in entry.changes)
        assert all(all(change.texts.values()) for change in entry.changes)
    versions = [entry.version for entry in read_changelog()]
    assert versions == sorted(versions, reverse=True)
    assert {path.parent.name for path in HISTORY.glob("*/*.json")} == set(map(str, versions))


def test_what_was_published_was_not_changed_or_lost() -> None:
    assert dict(read_seals()) == dict(compute_seals())


def test_no_topic_that_was_published_is_gone() -> None:
    assert list_published() == set(CONTRACTS)


def test_a_change_without_an_entry_is_found_and_not_recorded(
    history: Path, changed: Mapping[str, Mapping[str, Any]]
) -> None:
    assert find_unpublished(changed, history) == ["events.offer.v1"]

    [why] = record_changes(changed, NEWEST, history)

    assert f"add version {NEWEST + 1}" in why
    assert compute_seals(history) == compute_seals()


def test_a_change_with_an_entry_is_recorded_and_sealed(
    history: Path, changed: Mapping[str, Mapping[str, Any]]
) -> None:
    assert list(record_changes(changed, NEWEST + 1, history)) == []

    assert find_unpublished(changed, history) == []
    assert read_seals(history) == compute_seals(history)
    assert [path.name for path in (history / str(NEWEST + 1)).iterdir()] == ["events.offer.v1.json"]


def test_making_the_contracts_again_does_not_seal_what_was_tampered_with(history: Path) -> None:
    sealed = history / "1" / "events.offer.v1.json"
    sealed.write_text(sealed.read_text("utf-8").replace("published", "public"), "utf-8")

    list(record_changes({}, NEWEST, history))

    assert read_seals(history) != compute_seals(history)
