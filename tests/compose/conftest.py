"""The stack that all tests of this folder share: brought up from nothing, taken down at the end."""

from collections.abc import Iterator

import pytest

from tests.compose.stack import DockerFailed, Stack, require_docker

MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The platform, healthy; without a Docker engine the run ends with one sentence."""
    try:
        require_docker()
    except DockerFailed as failed:
        pytest.exit(str(failed), returncode=1)
    stack = Stack(tmp_path_factory.mktemp("compose"))
    stack.remove()
    try:
        stack.compose("build")
        stack.first_start_seconds = stack.start()
        yield stack
        request.config.stash[MEASURED] = stack.measured
    finally:
        stack.remove()


@pytest.fixture(autouse=True)
def told_logs(request: pytest.FixtureRequest, stack: Stack) -> Iterator[None]:
    """Say of a test that failed what the containers logged last."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        request.node.add_report_section("teardown", "logs", stack.compose("logs", "--no-color", "--tail=15"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end of `make test-compose` what was measured, and how many passed and failed."""
    for sentence in config.stash.get(MEASURED, []):
        terminalreporter.write_line(sentence)
    if config.option.markexpr == "compose":
        counts = {name: len(terminalreporter.getreports(name)) for name in ("passed", "failed", "error")}
        if any(counts.values()):
            terminalreporter.write_line(
                f"{counts['passed']} passed, {counts['failed'] + counts['error']} failed"
            )
