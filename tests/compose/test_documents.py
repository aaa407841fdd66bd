"""What docs/operations.md says about the platform in containers is done as it stands there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.stack import Stack
from tests.operations.document import commands, sections

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]
PUT_MAIL_SERVER = ("run", "--rm", "-T", "secrets", "deploy.secrets", "put", "/secrets")


@pytest.fixture
def restored(stack: Stack) -> Iterator[None]:
    """Bring back what the document's examples change."""
    mail_server = stack.inside("notifications", "cat", "/run/secrets/alumnibus_smtp")
    yield
    stack.compose(*PUT_MAIL_SERVER, "notifications", "alumnibus_smtp", given=mail_server)
    for partner in ("giz", "daad"):
        stack.compose("run", "--rm", "-T", "partners", "revoke", partner)
    stack.start("--scale=notifications=1")
    stack.compose("restart", "notifications")
    stack.wait_until_healthy("notifications")


def walking(heading: str) -> str:
    """The commands of a section, which a shell carries out one after the other."""
    return "\n".join(commands(sections()[heading]))


@pytest.mark.usefixtures("restored")
def test_an_operators_commands_work_as_written(stack: Stack, tmp_path: Path) -> None:
    told = stack.carry_out(walking("Deploy"), tmp_path)
    assert "-----BEGIN CERTIFICATE-----" in told
    assert "giz signs in at localhost:" in told
    assert (tmp_path / "daad" / "first.py").exists()
    assert len(stack.find("notifications")) == 3
