"""The Makefile prints its verbs and says clearly what is missing."""

import subprocess

import pytest

from deploy.local.home import CHECKOUT


def make(*words: str) -> "subprocess.CompletedProcess[str]":
    command = ("make", "--no-print-directory", *words)
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "verb", ["demo", "test", "test-pages", "lint", "faults", "faults-long", "reset", "contracts"]
)
def test_help_names_every_verb(verb: str) -> None:
    assert f"make {verb} " in make("help").stdout


def test_make_alone_is_help() -> None:
    assert make().stdout == make("help").stdout


def test_an_old_python_is_one_clear_sentence() -> None:
    old = make("reset", "PYTHON=false")

    assert old.returncode != 0
    assert old.stdout.startswith("Alumnibus needs Python 3.11 or newer: install it, or name it with")
