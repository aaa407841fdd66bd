"""Migrations keep to the rule of docs/operations.md, "Upgrade": the version that still runs goes on beside them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SQUAWK = Path(sys.executable).with_name("squawk")
FOLDERS = [*ROOT.glob("services/*/migrations"), *ROOT.glob("shared/*/migrations")]
# The newest migration of each folder that nobody upgraded to: whoever installs begins with all of these.
BEFORE_THE_RULE = {
    "services/events": 8,
    "services/matching": 6,
    "services/members": 13,
    "services/notifications": 9,
    "shared/access": 0,
    "shared/messaging": 7,
    "shared/runtime": 3,
}
# Lock and statement timeouts are set by what applies the files; the size of a number is no matter of an upgrade.
NOT_OURS = ("require-lock-timeout", "require-statement-timeout", "prefer-bigint-over-int")
OURS = {
    "rewrites-rows": re.compile(r"^\s*(UPDATE|DELETE FROM)\b", re.MULTILINE),
    "truncates": re.compile(r"^\s*TRUNCATE\b", re.MULTILINE),
}


def breaches(file: Path) -> Iterator[str]:
    """The names of the rules that a migration breaks, as squawk calls them, and our own."""
    command = [str(SQUAWK), "--assume-in-transaction", "--reporter=json", "--pg-version=15.0"]
    command += [f"--exclude={rule}" for rule in NOT_OURS]
    sql = file.read_text("utf-8")
    if "CONCURRENTLY" in sql:
        command.remove("--assume-in-transaction")
    said = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=60, check=False)
    yield from (breach["rule_name"] for breach in json.loads(said.stdout))
    yield from (name for name, pattern in OURS.items() if pattern.search(sql))


def test_a_migration_lets_the_version_that_still_runs_go_on() -> None:
    bound = [
        file
        for folder in FOLDERS
        for file in folder.glob("[0-9]*.sql")
        if int(file.name[:4]) > BEFORE_THE_RULE[str(folder.parent.relative_to(ROOT))]
    ]

    assert {str(file.relative_to(ROOT)): rules for file in bound if (rules := list(breaches(file)))} == {}


@pytest.mark.parametrize(
    "harmless",
    [
        "CREATE TABLE book (title text NOT NULL); CREATE INDEX ON book (title);",
        "ALTER TABLE member ADD COLUMN shelf text;",
        "ALTER TABLE member ADD COLUMN shelf text NOT NULL DEFAULT 'none';",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS member_shelf ON member (shelf);",
        "ALTER TABLE member ADD CONSTRAINT on_shelf CHECK (shelf <> '') NOT VALID;",
        "ALTER TABLE member VALIDATE CONSTRAINT on_shelf;",
    ],
)
def test_what_disturbs_nobody_is_let_through(harmless: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_harmless.sql"
    file.write_text(harmless)
    assert list(breaches(file)) == []


@pytest.mark.parametrize(
    ("breach", "rule"),
    [
        ("ALTER TABLE member DROP COLUMN email;", "ban-drop-column"),
        ("ALTER TABLE member RENAME COLUMN email TO mail;", "renaming-column"),
        ("ALTER TABLE member RENAME TO person;", "renaming-table"),
        ("DROP TABLE member;", "ban-drop-table"),
        ("ALTER TABLE member ADD COLUMN shelf text NOT NULL;", "adding-required-field"),
        ("ALTER TABLE member ALTER COLUMN email SET NOT NULL;", "adding-not-nullable-field"),
        ("ALTER TABLE member ALTER COLUMN email TYPE varchar(9);", "changing-column-type"),
        ("CREATE INDEX member_name ON member (name);", "require-concurrent-index-creation"),
        ("ALTER TABLE member ADD CONSTRAINT short CHECK (email <> '');", "constraint-missing-not-valid"),
        ("UPDATE member SET email = lower(email);", "rewrites-rows"),
        ("DELETE FROM member;", "rewrites-rows"),
        ("TRUNCATE member;", "truncates"),
    ],
)
def test_what_would_stop_the_running_version_is_found(breach: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_breach.sql"
    file.write_text(breach)
    assert rule in list(breaches(file))
