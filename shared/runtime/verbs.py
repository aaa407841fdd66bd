"""The command line of a service: serve, migrate, and an operator's verbs for parked keys and positions."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
from aiokafka import TopicPartition
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from shared.messaging import parking, partitions, positions
from shared.messaging.parking import ParkedKey
from shared.messaging.replay import replay
from shared.messaging.restored import begin_anew
from shared.postgres.faults import passing
from shared.postgres.migrate import Changed, migrate
from shared.postgres.pool import Pool, Tx, open_pool, transaction
from shared.runtime.process import serve
from shared.runtime.service import PARTS, Part, Service

T = TypeVar("T")
Compose = Callable[[], Service]


class _Sentences(TyperGroup):
    """Says in one sentence what an operator can mend: a setting, or a database that can't be reached."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            wrong = "; ".join(f"ALUMNIBUS_{_setting(e['loc'])}: {e['msg']}" for e in error.errors())
            told = f"The settings can't be used. {wrong}."
        except asyncpg.UndefinedTableError:
            told = "The schema is older than this build: run migrate."
        except Exception as error:
            if not (passing(error) or isinstance(error, asyncpg.ClientConfigurationError)):
                raise
            told = (
                f"The database can't be used ({type(error).__name__}): is it up, is ALUMNIBUS_DATABASE right?"
            )
        typer.echo(told, err=True)
        raise typer.Exit(1)


def _setting(place: tuple[int | str, ...]) -> str:
    """Its name only: what stands in the environment is secret."""
    return ".".join(str(part) for part in place).upper()


def command_line(name: str, compose: Compose) -> typer.Typer:
    """The verbs of one service. `compose` reads the settings, so it is called only when a verb runs."""
    app = typer.Typer(help=f"The {name} service.", no_args_is_help=True, add_completion=False, cls=_Sentences)

    @app.command("serve")
    def serve_(
        only: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(PARTS)}")] = None,
    ) -> None:
        """Run the service, or only some of its parts."""
        parts: list[Part] = [part for part in PARTS if only is None or part in only]
        if only and len(parts) != len(set(only)):
            raise typer.BadParameter(f"parts are {', '.join(PARTS)}", param_hint="--only")
        serve(compose(), parts)

    @app.command("migrate")
    def migrate_(
        restored: Annotated[bool, typer.Option(help="the database was restored to an earlier time")] = False,
    ) -> None:
        """Bring the schema to this build's version."""
        try:
            applied = asyncio.run(_migrate(compose(), restored))
            for each in applied or ["nothing: the schema is up to date"]:
                typer.echo(f"applied {each}")
        except Changed as changed:
            typer.echo(str(changed), err=True)
            raise typer.Exit(1) from None

    app.add_typer(_parked(compose), name="parked", help="Keys that wait for you.")
    app.add_typer(_position(compose), name="position", help="Where the consumer stands.")
    return app


async def _migrate(service: Service, restored: bool) -> list[str]:
    applied = await migrate(service.settings.database, service.name, service.migrations)
    pool = await open_pool(service.settings.database, service.name, size=1)
    async with pool:
        await partitions.keep(pool, datetime.now(UTC).date())
        if restored:
            async with transaction(pool) as tx:
                await begin_anew(tx)
    return applied


def _parked(compose: Compose) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command("list")
    def list_() -> None:
        """Parked keys by cause."""
        rows = _with_pool(compose(), _reading(parking.listed))
        _print(
            ("cause", "reason", "topic", "keys", "messages", "since"), [tuple(row.values()) for row in rows]
        )

    @app.command()
    def show(cause: str) -> None:
        """The keys of one cause."""
        rows = _with_pool(compose(), _reading(lambda tx: parking.shown(tx, cause)))
        _print(
            ("topic", "key", "since", "reason", "messages", "partition", "offset"),
            [tuple(r.values()) for r in rows],
        )

    @app.command("replay")
    def replay_(topic: str, key: str) -> None:
        """Apply what waits under a key, in order."""
        service = compose()
        outcome, applied = _with_pool(
            service, lambda pool: replay(pool, service.routes, ParkedKey(topic, key))
        )
        typer.echo(f"{outcome}: {applied} messages applied")
        raise typer.Exit(0 if outcome == "applied" else 1)

    @app.command()
    def drop(topic: str, key: str, reason: Annotated[str, typer.Option(help="why; it is kept")]) -> None:
        """Give up what waits under a key."""

        async def dropping(pool: Pool) -> int:
            async with transaction(pool) as tx:
                return await parking.drop(tx, ParkedKey(topic, key), reason)

        typer.echo(f"dropped {_with_pool(compose(), dropping)} messages")

    return app


def _position(compose: Compose) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command()
    def show() -> None:
        """Where the consumer goes on, for each partition."""

        async def showing(pool: Pool) -> list[tuple[object, ...]]:
            rows = await pool.fetch("SELECT topic, partition, next FROM position ORDER BY topic, partition")
            return [tuple(row.values()) for row in rows]

        _print(("topic", "partition", "next"), _with_pool(compose(), showing))

    @app.command()
    def accept(topic: str, partition: int, following: int) -> None:
        """Let the consumer go on at this offset; then restart it."""
        service = compose()

        async def accepting(pool: Pool) -> bool:
            async with transaction(pool) as tx:
                return await positions.accept(tx, service.name, TopicPartition(topic, partition), following)

        if not _with_pool(service, accepting):
            raise typer.BadParameter(f"{service.name} has no position in {topic}/{partition}")
        typer.echo(f"{topic}/{partition} goes on at {following}")

    return app


def _reading(verb: Callable[[Tx], Awaitable[T]]) -> Callable[[Pool], Awaitable[T]]:
    async def reading(pool: Pool) -> T:
        async with transaction(pool) as tx:
            return await verb(tx)

    return reading


def _with_pool(service: Service, work: Callable[[Pool], Awaitable[T]]) -> T:
    async def run() -> T:
        async with await open_pool(service.settings.database, service.name, size=2) as pool:
            return await work(pool)

    return asyncio.run(run())


def _print(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(value) for value in row))
    Console().print(table if rows else "nothing")
