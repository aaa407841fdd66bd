"""The command line of a service: serve, migrate, and an operator's verbs for topics, parked keys and positions."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from typer.core import TyperGroup

from shared.contracts.catalogue import Topic
from shared.messaging import day_partitions, parking, positions
from shared.messaging.parking import ParkedKey
from shared.operations.generation import begin_new_generation
from shared.operations.live_keys import SameGeneration
from shared.operations.rebuild import PositionMismatch, RebuildProgress, rebuild_projection
from shared.operations.recovery import format_counts, recover_topics
from shared.operations.replay import replay_key
from shared.operations.republish import republish_states
from shared.postgres.migrate import MigrationChanged, apply_migrations
from shared.postgres.pool import Pool, Tx, open_pool, transaction
from shared.postgres.transient import is_transient
from shared.runtime.process import serve_service
from shared.runtime.service import PARTS, Part, Service

T = TypeVar("T")
Compose = Callable[[], Service]
PROGRESS_SECONDS = 5.0


class _Sentences(TyperGroup):
    """Says in one sentence what an operator can mend: a setting, a database or a broker that can't be reached."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            wrong = "; ".join(f"ALUMNIBUS_{_setting(e['loc'])}: {e['msg']}" for e in error.errors())
            told = f"The settings can't be used. {wrong}."
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
            told = "The schema is older than this build: run migrate."
        except KafkaError as error:
            told = f"Kafka can't be used ({type(error).__name__}): is it up, is ALUMNIBUS_KAFKA right?"
        except Exception as error:
            if not (is_transient(error) or isinstance(error, asyncpg.ClientConfigurationError)):
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
        serve_service(compose(), parts)

    @app.command("migrate")
    def migrate_(
        restored: Annotated[bool, typer.Option(help="the database was restored to an earlier time")] = False,
    ) -> None:
        """Bring the schema to this build's version."""
        try:
            applied = asyncio.run(_migrate(compose(), restored))
            for each in applied or ["nothing: the schema is up to date"]:
                typer.echo(f"applied {each}")
        except MigrationChanged as changed:
            typer.echo(str(changed), err=True)
            raise typer.Exit(1) from None

    @app.command("republish")
    def republish_(
        topics: Annotated[list[str] | None, typer.Argument(help="state topics; without one, all")] = None,
        restored: Annotated[
            bool, typer.Option(help="take back what no row tells of any more; the service must be stopped")
        ] = False,
    ) -> None:
        """Send the present state of everything again: to a topic that was lost, or after a restore."""
        service = compose()
        own = {topic.name: topic for state in service.published for topic in state.topics}
        wanted = [own[_one_of(own, name, f"{service.name} publishes no state on")] for name in topics or own]
        if restored:
            _recover(service, wanted)
            return
        say = _now_and_then(format_counts)
        written = _with_pool(service, lambda pool: republish_states(pool, service.published, wanted, say))
        typer.echo(f"wrote {written.total():,} messages for the relay to send ({format_counts(written)})")

    @app.command("rebuild")
    def rebuild_(topic: str) -> None:
        """Read a topic again from its beginning for what is held of it here; nothing is sent."""
        service = compose()
        own = {projection.topic.name: projection for projection in service.projections}
        projection = own[_one_of(own, topic, f"{service.name} holds nothing of")]
        say, kafka = _now_and_then(_read), service.settings.broker
        try:
            done = _with_pool(
                service, lambda pool: rebuild_projection(pool, kafka, service.name, projection, say)
            )
        except PositionMismatch as misplaced:
            typer.echo(f"Nothing was rebuilt: {misplaced}.", err=True)
            raise typer.Exit(1) from None
        counts = (
            f"{done.read:,} records read, {done.passed_over:,} passed over, {done.vanished:,} rows vanished"
        )
        typer.echo(f"rebuilt {projection.table} from {topic}: {counts}")

    app.add_typer(_parked(compose), name="parked", help="Keys that wait for you.")
    app.add_typer(_position(compose), name="position", help="Where the consumer stands.")
    return app


def _one_of(own: Mapping[str, object], name: str, unless: str) -> str:
    """The name, if it is one of our own; otherwise the process says so, and ends with 1."""
    if name in own:
        return name
    typer.echo(f"{unless} {name}; its topics are: {', '.join(sorted(own)) or 'none'}.", err=True)
    raise typer.Exit(1)


def _now_and_then(sentence: Callable[[T], str]) -> Callable[[T], None]:
    """Says how far it has come, every few seconds."""
    due = time.monotonic() + PROGRESS_SECONDS

    def say(done: T) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + PROGRESS_SECONDS
            typer.echo(f"{sentence(done)} so far")

    return say


def _read(done: RebuildProgress) -> str:
    return f"{done.read:,} of at most {done.records:,} records read"


def _recover(service: Service, topics: Sequence[Topic]) -> None:
    say: Callable[[tuple[str, Counter[str]]], None] = _now_and_then(
        lambda done: f"{done[0]} {format_counts(done[1])}"
    )
    try:
        for sentence in _with_pool(service, lambda pool: recover_topics(pool, service, topics, say)):
            typer.echo(sentence)
    except SameGeneration:
        told = f"Nothing was sent: the topics tell of this generation already. Stop {service.name}, and run"
        typer.echo(f"{told} migrate --restored first.", err=True)
        raise typer.Exit(1) from None


async def _migrate(service: Service, restored: bool) -> list[str]:
    applied = await apply_migrations(service.settings.database, service.name, service.migration_folders)
    pool = await open_pool(service.settings.database, service.name, size=1)
    async with pool:
        await day_partitions.maintain_partitions(pool, datetime.now(UTC).date())
        if restored:
            async with transaction(pool) as tx:
                await begin_new_generation(tx)
    return applied


def _parked(compose: Compose) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command("list")
    def list_() -> None:
        """Parked keys by cause."""
        rows = _with_pool(compose(), _reading(parking.list_causes))
        _print(
            ("cause", "reason", "topic", "keys", "messages", "since"), [tuple(row.values()) for row in rows]
        )

    @app.command()
    def show(cause: str) -> None:
        """The keys of one cause."""
        rows = _with_pool(compose(), _reading(lambda tx: parking.list_keys(tx, cause)))
        _print(
            ("topic", "key", "since", "reason", "messages", "partition", "offset"),
            [tuple(r.values()) for r in rows],
        )

    @app.command("replay")
    def replay_(topic: str, key: str) -> None:
        """Apply what waits under a key, in order."""
        service = compose()
        outcome, applied = _with_pool(
            service, lambda pool: replay_key(pool, service.routes, ParkedKey(topic, key))
        )
        typer.echo(f"{outcome}: {applied} messages applied")
        raise typer.Exit(0 if outcome == "applied" else 1)

    @app.command()
    def drop(topic: str, key: str, reason: Annotated[str, typer.Option(help="why; it is kept")]) -> None:
        """Give up what waits under a key."""

        async def dropping(pool: Pool) -> int:
            async with transaction(pool) as tx:
                return await parking.drop_key(tx, ParkedKey(topic, key), reason)

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
    def accept(
        topic: str, partition: Annotated[str, typer.Argument(help="its number, or all")], following: int
    ) -> None:
        """Let the consumer go on at this offset, in one partition or in all; then restart it."""
        if partition != "all" and not partition.isdecimal():
            raise typer.BadParameter(f"{partition} is neither a number nor all", param_hint="PARTITION")
        service = compose()

        async def accepting(pool: Pool) -> int:
            async with transaction(pool) as tx:
                if partition == "all":
                    return await positions.accept_offset_everywhere(tx, service.name, topic, following)
                place = TopicPartition(topic, int(partition))
                return await positions.accept_offset(tx, service.name, place, following)

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
    """Nothing is cut or folded, however narrow the terminal is: what stands here is typed into the next verb."""
    lines = [columns, *(tuple(str(value) for value in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines if rows else [("nothing",)]:
        typer.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=False)).rstrip())
