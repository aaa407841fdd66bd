"""A deployment's secrets are made once, each where its process alone reads it, and an operator's own are kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.kafka.principals import read_secrets
from deploy.local.home import CHECKOUT
from deploy.postgres.roles import SERVICES
from deploy.secrets import make_missing, plan_secrets
from shared.runtime.settings import BrokerSettings, DatabaseSettings

PLAN = plan_secrets("db:5432/alumnibus", "smtp://mail:1025")


def run(verb: str, folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.secrets", verb, str(folder), *arguments]
    return subprocess.run(command, cwd=CHECKOUT, input=given, capture_output=True, text=True, check=False)


def read_all(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*/*"))}


def test_each_process_has_its_own_and_none_is_like_another(tmp_path: Path) -> None:
    make_missing(tmp_path, PLAN)
    found = read_all(tmp_path)
    assert set(found) == {
        "postgres/password",
        "kafka/password",
        "kafka-admin/alumnibus_kafka_password",
        *(f"{service}/alumnibus_database" for service in SERVICES),
        *(f"{service}/alumnibus_kafka_password" for service in SERVICES),
        "members/alumnibus_public_id_secret",
        "notifications/alumnibus_smtp",
    }
    secrets = [text for name, text in found.items() if not name.endswith("_keys")]
    assert len(set(secrets)) == len(secrets)


def test_a_service_opens_the_database_as_its_own_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALUMNIBUS_DATABASE", raising=False)
    make_missing(tmp_path, PLAN)
    for service in SERVICES:
        dsn = DatabaseSettings(_secrets_dir=tmp_path / service).database
        assert dsn.startswith(f"postgresql://{service}:")
        assert dsn.endswith("@db:5432/alumnibus")


def test_the_brokers_know_the_password_with_which_a_service_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALUMNIBUS_KAFKA_PASSWORD", raising=False)
    make_missing(tmp_path, PLAN)
    known = read_secrets(tmp_path)
    for service in SERVICES:
        settings = BrokerSettings(kafka="kafka:9092", _secrets_dir=tmp_path / service)
        assert settings.broker.password == known[service] != ""


def test_a_second_start_changes_no_secret_and_makes_the_one_that_was_lost(tmp_path: Path) -> None:
    make_missing(tmp_path, PLAN)
    before = read_all(tmp_path)
    assert make_missing(tmp_path, PLAN) == []
    assert read_all(tmp_path) == before
    (tmp_path / "events" / "alumnibus_database").unlink()
    assert make_missing(tmp_path, PLAN) == ["events/alumnibus_database"]
    after = read_all(tmp_path)
    assert [name for name in before if before[name] != after[name]] == ["events/alumnibus_database"]


def test_a_folder_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "secrets"
    made = run("make", folder, "--database=db:5432/alumnibus", "--smtp=smtp://mail:1025")
    assert (made.returncode, folder.stat().st_mode & 0o777) == (0, 0o700)
    assert set(read_all(folder)) >= {"members/alumnibus_public_id_secret"}


def test_what_an_operator_put_is_kept_and_printed_nowhere(tmp_path: Path) -> None:
    make_missing(tmp_path, PLAN)
    smtp = "smtps://user:geheim@mail.example.org:465"
    put = run("put", tmp_path, "notifications", "alumnibus_smtp", given=f"{smtp}\n")
    assert (put.returncode, "geheim" in put.stdout + put.stderr) == (0, False)
    make_missing(tmp_path, PLAN)
    assert (tmp_path / "notifications" / "alumnibus_smtp").read_text() == smtp


def test_a_mistake_is_said_in_a_sentence(tmp_path: Path) -> None:
    make_missing(tmp_path, PLAN)
    unknown = run("put", tmp_path, "nobody", "alumnibus_smtp", given="x")
    nothing = run("put", tmp_path, "notifications", "alumnibus_smtp")
    assert (unknown.returncode, unknown.stderr) == (1, "No process is called nobody.\n")
    assert (nothing.returncode, nothing.stderr) == (
        1,
        "Nothing came in: give the secret on standard input.\n",
    )
