"""The command line of a service, put together from the operator's commands."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from typer.core import TyperGroup

from shared.operations.commands import failed, migrate, parked, position, rebuild, refused, republish, serve
from shared.operations.terminal import fail
from shared.postgres.transient import is_transient
from shared.runtime.service import Definition, Service


def command_line(
    definition: Definition, compose: Callable[[], Service], own: Mapping[str, typer.Typer] | None = None
) -> typer.Typer:
    """The commands of one service, with those of its `own`. Each reads the settings that it needs; `compose` reads
    all, for `serve`."""
    app = typer.Typer(
        help=f"The {definition.name} service.",
        no_args_is_help=True,
        add_completion=False,
        cls=_FailureSentences,
    )

    @app.callback()
    def remember_service(ctx: typer.Context) -> None:
        ctx.obj, ctx.meta[serve.COMPOSE] = definition, compose

    for command in (serve.serve, migrate.migrate, republish.republish, rebuild.rebuild):
        app.command()(command)
    app.add_typer(parked.app, name="parked")
    app.add_typer(refused.app, name="refused")
    app.add_typer(failed.app, name="failed")
    app.add_typer(position.app, name="position")
    for group, commands in (own or {}).items():
        app.add_typer(commands, name=group)
    return app


class _FailureSentences(TyperGroup):
    """Says in one sentence what an operator can mend: a setting, a database or a broker that can't be reached."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence, code = _describe(error), _exit_code(error)
            if sentence is None:
                raise
        return fail(sentence, code)


def _describe(error: Exception) -> str | None:
    """What an operator can do about it; None where it is a defect of ours."""
    kind = type(error).__name__
    if isinstance(error, ValidationError):
        return f"The settings can't be used: {'; '.join(map(_describe_setting, error.errors()))}."
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return "The schema is older than this build: run migrate."
    if isinstance(error, KafkaError):
        return f"Kafka can't be used ({kind}): is it up, is ALUMNIBUS_KAFKA right?"
    if is_transient(error) or isinstance(error, asyncpg.ClientConfigurationError):
        return f"The database can't be used ({kind}): is it up, is ALUMNIBUS_DATABASE right?"
    return None


def _exit_code(error: Exception) -> int:
    return 2 if isinstance(error, ValidationError) else 1


def _describe_setting(wrong: ErrorDetails) -> str:
    """Its name and what is wrong with it: the value in the environment is secret."""
    name = ".".join(str(part) for part in wrong["loc"])
    name = name if name.isupper() else f"ALUMNIBUS_{name.upper()}"
    if wrong["type"] == "missing":
        return f"{name} isn't set"
    return f"{name}: {wrong['msg'].removeprefix('Value error, ')}"
