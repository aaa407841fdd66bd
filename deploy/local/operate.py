"""`make operate CMD="members parked list"`: an operator's command for the demo that runs, with its settings."""

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from deploy.local.failure import Failed
from deploy.local.home import CHECKOUT, HOME, is_locked, write_private
from deploy.local.processes import Part
from deploy.postgres.roles import SERVICES

EXAMPLE = 'make operate CMD="members parked list"'
PARTNERS = "partners"
PREFIX = "ALUMNIBUS_"
MISUSED = 2


def main() -> NoReturn:
    """Become the command's process. Otherwise exit code 2 if it names no service, 1 if no demo runs."""
    words = _split_words(os.environ.get("CMD", ""))
    if not words or words[0] not in (*SERVICES, PARTNERS):
        _fail(f"Name a service ({', '.join(SERVICES)}) or {PARTNERS}, and what to do: {EXAMPLE}", MISUSED)
    try:
        environment = build_environment(HOME, words[0])
    except Failed as failed:
        _fail(failed.sentence, 1)
    os.chdir(CHECKOUT)
    os.execve(sys.executable, build_command(words), environment)


def build_command(words: Sequence[str]) -> list[str]:
    """The process that runs a command of the service that is its first word, or a command about partners."""
    module = "deploy.kafka.partners" if words[0] == PARTNERS else f"services.{words[0]}"
    return [sys.executable, "-m", module, *words[1:]]


def build_environment(home: Path, service: str) -> dict[str, str]:
    """Ours, with the settings of a service of the demo that runs in this home, or of `partners`. `Failed` if none
    runs."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | _read_settings(home, service)


@contextmanager
def kept_settings(
    home: Path, parts: Sequence[Part], partners: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Keep the settings of these services, and those about partners, for operators, in a file of the owner alone, until
    the block ends."""
    file = _settings_file(home)
    kept = {part.name: _own_settings(part.environment) for part in parts}
    write_private(file, json.dumps(kept | ({PARTNERS: dict(partners)} if partners else {})))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _read_settings(home: Path, service: str) -> dict[str, str]:
    try:
        kept = json.loads(_settings_file(home).read_text()) if is_locked(home) else {}
    except FileNotFoundError:
        kept = {}
    if service not in kept:
        raise Failed(
            "No demo runs here, or it isn't up yet: start it with `make demo`, and give the command then."
        )
    return dict(kept[service])


def _own_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(PREFIX)}


def _settings_file(home: Path) -> Path:
    return home / "secrets" / "settings.json"


def _split_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        _fail(f"A quotation mark in CMD has no other: {EXAMPLE}", MISUSED)


def _fail(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
