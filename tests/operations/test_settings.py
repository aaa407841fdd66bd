"""Settings: a command asks for those that the document names for it, says which one lacks, and reads no other."""

import os
import shlex
from collections.abc import Mapping
from types import ModuleType

import pytest
from typer.testing import CliRunner

from services.events import app as events
from services.matching import app as matching
from services.members import app as members
from services.notifications import app as notifications
from shared.contracts.catalogue import TOPICS
from shared.operations.command_line import command_line
from shared.operations.commands import serve
from shared.testing.access import ENVIRONMENT
from tests.operations.document import TEXT, commands, find_settings
from tests.operations.operator import NAMED

SERVICES = (events, matching, members, notifications)
NOWHERE = {
    "ALUMNIBUS_DATABASE": "postgresql://nobody@127.0.0.1:1/nothing",
    "ALUMNIBUS_KAFKA": "127.0.0.1:1",
    "ALUMNIBUS_PUBLIC_ID_SECRET": "0f" * 32,
    "ALUMNIBUS_SMTP": "smtp://127.0.0.1:1",
    **ENVIRONMENT,
}
UNUSABLE = dict.fromkeys((*NOWHERE, "ALUMNIBUS_HTTP_PORT", "ALUMNIBUS_PARKED_CEILING"), "s3cret of nobody")
EVERY = sorted({line.removeprefix(NAMED) for line in commands(TEXT) if line.startswith(NAMED)} | {"serve"})
REFUSED = "The settings can't be used: "


def topics_for(service: ModuleType, command: str) -> list[str]:
    """The topics that a command of this service can be about."""
    if command.startswith("rebuild"):
        return [projection.topic.name for projection in service.DEFINITION.projections]
    return [one.name for one in TOPICS if one.owner == service.DEFINITION.name and one.kind == "state"]


pytestmark = pytest.mark.parametrize(
    ("service", "command"),
    [
        pytest.param(service, command, id=f"{service.DEFINITION.name} {command}")
        for service in SERVICES
        for command in EVERY
        if topics_for(service, command) or "TOPIC" not in command
    ],
)


def say(service: ModuleType, command: str, settings: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command that is told these settings alone, and what it prints."""
    filled = {"TOPIC": next(iter(topics_for(service, command)), ""), "PARTITION": "0", "OFFSET": "0"}
    filled |= {"OWNER": next(iter(service.DEFINITION.routes)).owner, "GENERATION": "2"}
    words = [filled.get(word, word) for word in shlex.split(command)]
    others: dict[str, str | None] = dict.fromkeys(
        name for name in os.environ if name.startswith("ALUMNIBUS_")
    )
    app = command_line(service.DEFINITION, service.compose)
    found = CliRunner(env={**others, **settings}).invoke(app, words)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is composed isn't run."""
    monkeypatch.setattr(serve, "serve_service", lambda service, parts: None)


def test_a_command_asks_for_no_setting_that_is_not_named(service: ModuleType, command: str) -> None:
    named = find_settings(command, service.DEFINITION.name)
    alone = {name: NOWHERE[name] for name in named}
    unread = UNUSABLE if command != "serve" else {}

    for settings in (alone, unread | alone):
        code, printed = say(service, command, settings)
        assert (code, REFUSED in printed) == (int(command != "serve"), False), printed


def test_a_setting_that_lacks_or_is_wrong_is_named_in_one_sentence(service: ModuleType, command: str) -> None:
    named = find_settings(command, service.DEFINITION.name)
    assert named
    for name in named:
        told = {each: NOWHERE[each] for each in named}
        lacking = {each: value for each, value in told.items() if each != name}

        assert say(service, command, lacking) == (2, f"{REFUSED}{name} isn't set.\n")
        assert say(service, command, told | {name: ""}) == (2, f"{REFUSED}{name} isn't set.\n")
        code, printed = say(service, command, told | {name: UNUSABLE[name]})
        assert (code, printed.count("\n")) == (2, 1)
        assert printed.startswith(f"{REFUSED}{name}: ")
        assert "s3cret" not in printed
