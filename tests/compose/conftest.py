"""The stack that all tests of this folder share: brought up from nothing, taken down at the end."""

from collections.abc import Iterator

import pytest

from tests.compose.stack import DockerFailed, Stack, run


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The platform, healthy; without a Docker engine the run ends with one sentence."""
    _require_docker()
    stack = Stack(tmp_path_factory.mktemp("compose"))
    stack.remove()
    try:
        stack.compose("build")
        stack.first_start_seconds = stack.start()
        yield stack
    finally:
        stack.remove()


@pytest.fixture(autouse=True)
def told_logs(request: pytest.FixtureRequest, stack: Stack) -> Iterator[None]:
    """Say of a test that failed what the containers logged last."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        request.node.add_report_section("teardown", "logs", stack.compose("logs", "--no-color", "--tail=15"))


def _require_docker() -> None:
    try:
        run(["docker", "info"])
        run(["docker", "compose", "version"])
    except (DockerFailed, OSError):
        pytest.exit(
            "No Docker engine with compose answers: start one, or name it in DOCKER_HOST.", returncode=1
        )
