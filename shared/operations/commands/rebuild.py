"""`rebuild`: reads a topic again for the replica that the service keeps of it."""

import typer

from shared.operations.rebuild import PositionMismatch, RebuildProgress, rebuild_projection
from shared.operations.session import find_definition, require_known, run_with_pool
from shared.operations.terminal import fail, report_progress
from shared.runtime.settings import BrokerSettings


def rebuild(ctx: typer.Context, topic: str) -> None:
    """Read a topic again from its beginning for the replica that is kept of it here; nothing is sent."""
    service, kafka = find_definition(ctx), BrokerSettings().broker
    own = {projection.topic.name: projection for projection in service.projections}
    projection = require_known(own, topic, f"{service.name} keeps no replica of")
    report = report_progress(_describe)
    try:
        done = run_with_pool(
            service, lambda pool: rebuild_projection(pool, kafka, service.name, projection, report)
        )
    except PositionMismatch as mismatch:
        fail(f"Nothing was rebuilt: {mismatch}.")
    counts = f"{done.read:,} records read, {done.passed_over:,} passed over, {done.vanished:,} rows vanished"
    typer.echo(f"rebuilt {projection.table} from {topic}: {counts}")


def _describe(done: RebuildProgress) -> str:
    return f"{done.read:,} of at most {done.records:,} records read"
