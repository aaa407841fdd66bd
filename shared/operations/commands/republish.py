"""`republish`: sends the present state of everything again."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from shared.contracts.catalogue import Topic
from shared.operations.live_keys import SameGeneration
from shared.operations.recovery import format_counts, recover_topics
from shared.operations.republish import republish_states
from shared.operations.session import find_definition, require_known, run_with_pool
from shared.operations.terminal import fail, report_progress
from shared.runtime.service import Definition
from shared.runtime.settings import BrokerSettings


def republish(
    ctx: typer.Context,
    topics: Annotated[list[str] | None, typer.Argument(help="topics; without one, all")] = None,
    restored: Annotated[
        bool, typer.Option(help="withdraw what has no row any more; the service must be stopped")
    ] = False,
) -> None:
    """Send the present state of everything again: to a topic that was lost, or after a restore."""
    service = find_definition(ctx)
    published = service.published()
    own = {topic.name: topic for state in published for topic in state.topics}
    wanted = [require_known(own, name, f"{service.name} publishes no state on") for name in topics or own]
    if restored:
        _recover(service, wanted)
        return
    report = report_progress(format_counts)
    written = run_with_pool(service, lambda pool: republish_states(pool, published, wanted, report))
    typer.echo(f"wrote {written.total():,} messages for the relay to send ({format_counts(written)})")


def _recover(service: Definition, topics: Sequence[Topic]) -> None:
    kafka = BrokerSettings().broker
    report: Callable[[tuple[str, Counter[str]]], None] = report_progress(
        lambda done: f"{done[0]} {format_counts(done[1])}"
    )
    try:
        for sentence in run_with_pool(
            service, lambda pool: recover_topics(pool, kafka, service, topics, report)
        ):
            typer.echo(sentence)
    except SameGeneration:
        fail(
            f"Nothing was sent: the topics hold messages of this generation already. Stop {service.name}, and run"
            " migrate --restored first."
        )
