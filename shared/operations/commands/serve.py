"""`serve`: runs the service."""

from collections.abc import Callable
from typing import Annotated

import typer

from shared.runtime.process import serve_service
from shared.runtime.service import PARTS, Part, Service

COMPOSE = "compose"


def serve(
    ctx: typer.Context,
    only: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(PARTS)}")] = None,
) -> None:
    """Run the service, or only some of its parts."""
    parts: list[Part] = [part for part in PARTS if only is None or part in only]
    if only and len(parts) != len(set(only)):
        raise typer.BadParameter(f"parts are {', '.join(PARTS)}", param_hint="--only")
    compose: Callable[[], Service] = ctx.meta[COMPOSE]
    serve_service(compose(), parts)
