"""The Makefile prints its commands and says clearly what is missing."""

import subprocess

import pytest

from deploy.local.home import CHECKOUT


def run_make(*words: str) -> "subprocess.CompletedProcess[str]":
    command = ("make", "--no-print-directory", *words)
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "operate",
        "up",
        "down",
        "ps",
        "logs",
        "upgrade",
        "backup",
        "restore",
        "drop-replaced",
        "test",
        "test-pages",
        "test-compose",
        "test-alerts",
        "test-kcat",
        "fuzz",
        "lint",
        "faults",
        "faults-long",
        "reset",
        "contracts",
        "manifests",
    ],
)
def test_help_names_every_command(command: str) -> None:
    assert f"make {command} " in run_make("help").stdout


def test_make_alone_is_help() -> None:
    assert run_make().stdout == run_make("help").stdout


def test_an_old_python_is_one_clear_sentence() -> None:
    old = run_make("reset", "PYTHON=false")

    assert old.returncode != 0
    assert old.stdout.startswith("Alumnibus needs Python 3.11 or newer: install it, or name it with")


def test_packages_for_node_come_through_a_proxy_whose_authority_is_in_the_systems_store() -> None:
    rule = "examples/partner/node/node_modules/.package-lock.json"
    assert "NODE_USE_SYSTEM_CA=1" in run_make("--dry-run", "--always-make", rule).stdout
