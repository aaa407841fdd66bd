"""What an operator reads: tables, progress, and why something failed."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

import typer

T = TypeVar("T")
PROGRESS_SECONDS = 5.0


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say why, and end the process with this exit code: 2 where it was called in a wrong way."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def can_ask() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def require_consent(question: str, *, yes: bool) -> None:
    """Go on if the operator says so, at the terminal or by `--yes`. Otherwise the process ends: with 2 where nobody
    can be asked."""
    if yes:
        typer.echo(question)
    elif not can_ask():
        fail(f"{question} Nobody can be asked: say --yes.", 2)
    else:
        typer.confirm(question, abort=True)


def report_progress(describe: Callable[[T], str]) -> Callable[[T], None]:
    """A function that says how far it has come, every few seconds."""
    due = time.monotonic() + PROGRESS_SECONDS

    def report(done: T) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + PROGRESS_SECONDS
            typer.echo(f"{describe(done)} so far")

    return report


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Nothing is cut or folded, however narrow the terminal is: its cells are typed into the next command."""
    lines = [columns, *([str(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines if rows else [("nothing",)]:
        typer.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=False)).rstrip())
