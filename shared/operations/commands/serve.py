"""`serve`: runs the service."""

from typing import Annotated

import typer

from shared.operations.session import compose_service
from shared.runtime.process import serve_service
from shared.runtime.service import PARTS, Part


def serve(
    ctx: typer.Context,
    only: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(PARTS)}")] = None,
) -> None:
    """Run the service, or only some of its parts."""
    parts: list[Part] = [part for part in PARTS if only is None or part in only]
    if only and len(parts) != len(set(only)):
        raise typer.BadParameter(f"parts are {', '.join(PARTS)}", param_hint="--only")
    serve_service(compose_service(ctx), parts)
