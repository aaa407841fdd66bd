"""Operating the demo: a command beside it finds its settings, and says what is wrong in one sentence."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.demo_ports import assign_ports
from deploy.local.failure import Failed
from deploy.local.home import CHECKOUT, locked_home
from deploy.local.operate import build_command, build_environment, kept_settings
from deploy.local.processes import build_parts
from shared.messaging.kafka import Kafka
from tests.operations.document import TEXT, commands

[OPERATE] = [line for line in commands(TEXT) if line.startswith("make operate ")]


def operate_with(command: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """What the command line of `make operate` does for a demo in this home."""
    code = "import sys; from pathlib import Path; from deploy.local import operate\n"
    code += f"operate.HOME = Path({str(home)!r}); operate.main()"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"CMD": command},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documented_command_is_answered_with_the_settings_of_the_demo_that_runs(
    tmp_path: Path, dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", "postgresql://another@127.0.0.1:1/elsewhere")
    command = shlex.split(OPERATE)[-1].removeprefix("CMD=")
    with (
        locked_home(tmp_path),
        kept_settings(tmp_path, build_parts(tmp_path, assign_ports(1), dsns, Kafka("k:1"), 1)),
    ):
        [kept] = tmp_path.glob("secrets/*.json")
        assert kept.stat().st_mode & 0o777 == 0o600
        found = operate_with(command, tmp_path)
    assert (found.returncode, found.stdout, found.stderr) == (0, "nothing\n", "")
    assert list(tmp_path.glob("secrets/*.json")) == []


def test_each_service_is_told_its_own_settings_and_no_other(
    tmp_path: Path, dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALUMNIBUS_TOPIC_PREFIX", "mine-")
    with (
        locked_home(tmp_path),
        kept_settings(tmp_path, build_parts(tmp_path, assign_ports(1), dsns, Kafka("k:1"), 1)),
    ):
        told = {name: build_environment(tmp_path, name) for name in dsns}

    assert {name: each["ALUMNIBUS_DATABASE"] for name, each in told.items()} == dict(dsns)
    assert [name for name, each in told.items() if "ALUMNIBUS_PUBLIC_ID_SECRET" in each] == ["members"]
    assert [name for name, each in told.items() if "ALUMNIBUS_SMTP" in each] == ["notifications"]
    assert {each["ALUMNIBUS_TOPIC_PREFIX"] for each in told.values()} == {""}


def test_without_a_demo_the_operator_is_told_to_start_one(tmp_path: Path, dsns: Mapping[str, str]) -> None:
    with pytest.raises(Failed, match="No demo runs here"):
        build_environment(tmp_path, "members")
    with locked_home(tmp_path), pytest.raises(Failed, match="isn't up yet"):
        build_environment(tmp_path, "members")
    parts = build_parts(tmp_path, assign_ports(1), dsns, Kafka("k:1"), 1)
    left_by_a_launcher_that_was_killed = kept_settings(tmp_path, parts)
    with left_by_a_launcher_that_was_killed, pytest.raises(Failed, match="start it with `make demo`"):
        build_environment(tmp_path, "members")


@pytest.mark.parametrize(
    "command", ["", "parked list", "mailbox serve", "members parked drop a b --reason 'x"]
)
def test_a_command_that_names_no_service_is_told_how_it_is_written(command: str, tmp_path: Path) -> None:
    found = operate_with(command, tmp_path)

    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert found.stderr.endswith(': make operate CMD="members parked list"\n')


def test_words_in_quotation_marks_stay_together() -> None:
    words = shlex.split("members parked drop TOPIC KEY --reason 'no longer wanted'")

    assert build_command(words)[1:] == [
        "-m",
        "services.members",
        *("parked", "drop", "TOPIC", "KEY", "--reason", "no longer wanted"),
    ]
    assert build_command(["partners", "list"])[1:] == ["-m", "deploy.kafka.partners", "list"]
