"""A backup that is broken, half or of a newer version is refused before anything is changed, and says what it is."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.backups.keys import PACKED, PUBLIC_IDS, bring_secrets, pack_secrets
from deploy.backups.manifest import Manifest, Refused, check_manifest, describe_backup
from deploy.local.home import CHECKOUT
from deploy.postgres.roles import SERVICES
from shared.postgres.migrate import read_migrations
from shared.runtime.service import migration_folders

MADE_AT = datetime(2026, 7, 12, 9, 30, tzinfo=UTC)
FILES = ("database.dump", "secrets.json", "manifest.json")


def print_tables(**newer: str) -> str:
    """What `pg_restore` prints of a database that has all our migrations, and of a service one that is `newer`."""
    return "SET client_encoding = 'UTF8';\n" + "".join(
        f"COPY {service}.migration (name, digest, at) FROM stdin;\n"
        + "".join(
            f"{name}\t{hashlib.sha256(sql.encode()).hexdigest()}\t2026-07-12 09:00:00+00\n"
            for name, sql in read_own(service).items()
        )
        + (f"{newer[service]}\tab12\t2026-07-12 09:00:00+00\n" if service in newer else "")
        + "\\.\n\n"
        for service in SERVICES
    )


def read_own(service: str) -> dict[str, str]:
    return read_migrations(migration_folders(CHECKOUT / "services" / service))


def describe(**newer: str) -> Manifest:
    return describe_backup("v1", MADE_AT, print_tables(**newer))


def test_a_backup_of_this_version_is_taken_and_says_what_it_is() -> None:
    manifest = check_manifest(describe().model_dump_json())
    assert (manifest.made_at, manifest.version) == (MADE_AT, "v1")
    assert {service: set(manifest.migrations[service]) for service in SERVICES} == {
        service: set(read_own(service)) for service in SERVICES
    }


def test_a_backup_of_an_older_version_is_taken() -> None:
    older = describe()
    older.migrations["events"].popitem()
    assert check_manifest(older.model_dump_json()) == older


def test_a_backup_of_a_newer_version_is_refused_by_name() -> None:
    newer = describe(matching="matching/0099_newer.sql").model_dump_json()
    with pytest.raises(Refused, match=r"version v1, which has matching/0099_newer\.sql in matching"):
        check_manifest(newer)


def test_a_migration_with_another_text_is_another_version() -> None:
    other = describe()
    name = next(iter(other.migrations["members"]))
    other.migrations["members"][name] = "another digest"
    with pytest.raises(Refused, match=f"which has {name} in members"):
        check_manifest(other.model_dump_json())


def test_a_dump_without_a_service_is_refused_when_it_is_made_and_when_it_is_taken() -> None:
    half = print_tables().replace("COPY events.migration", "COPY events.other")
    with pytest.raises(Refused, match="nothing of events"):
        describe_backup("v1", MADE_AT, half)
    manifest = describe()
    del manifest.migrations["events"]
    with pytest.raises(Refused, match="nothing of events"):
        check_manifest(manifest.model_dump_json())


@pytest.mark.parametrize("text", ["", "{}", '{"made_at": "yesterday"}', "[1"])
def test_a_manifest_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"manifest\.json can't be read"):
        check_manifest(text)


def write_secrets(folder: Path, **other: str) -> Path:
    for name in PACKED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(other.get(Path(name).name, f"{folder.name}'s {name}"))
    return folder


def test_another_machines_secrets_are_brought_and_ones_own_are_left(tmp_path: Path) -> None:
    there, here = write_secrets(tmp_path / "there"), write_secrets(tmp_path / "here")
    packed = pack_secrets(there)
    assert set(bring_secrets(here, packed)) == set(PACKED)
    assert pack_secrets(here) == packed
    assert (here / "authority" / "ca.key").stat().st_mode & 0o777 == 0o600

    (here / "notifications" / "alumnibus_smtp").write_text("smtp://newer")
    assert bring_secrets(here, packed) == []
    assert (here / "notifications" / "alumnibus_smtp").read_text() == "smtp://newer"


@pytest.mark.parametrize("packed", ["", "[]", json.dumps({PUBLIC_IDS: "alone"})])
def test_secrets_that_are_not_whole_change_nothing(tmp_path: Path, packed: str) -> None:
    here = write_secrets(tmp_path / "here")
    before = pack_secrets(here)
    with pytest.raises(Refused, match=r"secrets\.json can't be read"):
        bring_secrets(here, packed)
    assert pack_secrets(here) == before


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder whose checksums are right."""
    for name in FILES:
        (tmp_path / name).write_text(name)
    sums = subprocess.run(["sha256sum", *FILES], cwd=tmp_path, capture_output=True, text=True, check=True)
    (tmp_path / "SHA256SUMS").write_text(sums.stdout)
    return tmp_path


def restore(backup: Path | str, tmp_path: Path) -> tuple[str, bool]:
    """What `make restore` says that mustn't change anything, and whether it has called compose."""
    return make("restore", f"FILE={backup}", "YES=1", tmp_path=tmp_path)


def make(*words: str, tmp_path: Path) -> tuple[str, bool]:
    """What a command says that fails, with a compose that answers nothing, and whether it has called that."""
    called = tmp_path / "called"
    compose = tmp_path / "compose"
    compose.write_text(f"#!/bin/sh\ntouch {called}\nexit 1\n")
    compose.chmod(0o755)
    command = ["make", "--no-print-directory", *words, f"COMPOSE={compose}"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr, called.exists()


def test_a_whole_backup_comes_as_far_as_the_containers(backup: Path, tmp_path: Path) -> None:
    told, called = restore(backup, tmp_path)
    assert ("The platform isn't up" in told, called) == (True, True)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused_before_anything_is_touched(
    backup: Path, tmp_path: Path, name: str
) -> None:
    (backup / name).write_text("damaged")
    told, called = restore(backup, tmp_path)
    assert ("It is broken" in told, called) == (True, False)


@pytest.mark.parametrize("name", [*FILES, "SHA256SUMS"])
def test_a_backup_that_lacks_a_file_is_refused_before_anything_is_touched(
    backup: Path, tmp_path: Path, name: str
) -> None:
    (backup / name).unlink()
    told, called = restore(backup, tmp_path)
    assert ("can't be taken" in told, called) == (True, False)


def test_checksums_that_leave_a_file_out_are_half(backup: Path, tmp_path: Path) -> None:
    kept = [line for line in (backup / "SHA256SUMS").read_text().splitlines() if "secrets" not in line]
    (backup / "SHA256SUMS").write_text("\n".join(kept) + "\n")
    told, called = restore(backup, tmp_path)
    assert ("doesn't name secrets.json" in told, called) == (True, False)


def test_without_a_folder_it_asks_for_one(tmp_path: Path) -> None:
    assert "Which backup?" in restore("", tmp_path)[0]


@pytest.mark.parametrize("command", ["backup", "drop-replaced", "upgrade"])
def test_where_nothing_is_up_a_sentence_says_so_and_nothing_is_left(tmp_path: Path, command: str) -> None:
    told, called = make(command, f"TO={tmp_path / 'backups'}", tmp_path=tmp_path)
    assert ("The platform isn't up: give `make up`" in told, called) == (True, True)
    assert not (tmp_path / "backups").exists()
