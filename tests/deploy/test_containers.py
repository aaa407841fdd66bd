"""The suite runs in containers instead, or says in one sentence why it can't."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.home import CHECKOUT

SMALL = "tests/deploy/test_database.py::test_preparing_again_changes_nothing"


def run_suite(platform: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A small part of the suite, on that platform."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", SMALL],
        cwd=CHECKOUT,
        env={**os.environ, "TEST_PLATFORM": platform, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_engine_is_one_clear_sentence(tmp_path: Path) -> None:
    run = run_suite("containers", DOCKER_HOST=f"unix://{tmp_path}/docker.sock")

    assert run.returncode == 1
    assert "No Docker engine answers: start one, or name it in DOCKER_HOST, or leave" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


def test_a_platform_that_does_not_exist_is_one_clear_sentence() -> None:
    run = run_suite("docker")

    assert run.returncode == 1
    assert "TEST_PLATFORM is 'docker': it may be 'embedded', the default, or 'containers'." in run.stdout
