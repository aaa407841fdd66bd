"""`python -m deploy.access_page` writes docs/access.md: whom each endpoint serves, as it declares."""

import importlib
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from deploy.postgres.roles import SERVICES
from deploy.session_keys import make_key, publish_keys
from shared.access.serving import ServesPublic, read_declaration
from shared.runtime.http.app import create_app

PAGE = Path(__file__).parents[1] / "docs" / "access.md"
PUBLIC, ANYONE = "public", "anyone"

_HEAD = """# Who may knock where

Made from the endpoints' own declarations by `make access`; a test asks each of them as everybody. What each name means:

| name | who that is |
| --- | --- |
| public | everybody; nobody is asked who they are |
| anyone | everybody; who has signed in may see more |
| account | whoever has signed in |
| member | whoever has signed in and is a member: for oneself |
| contact-person | a member who sits at a desk: for requests at that desk |
| coordinator | for the organisations whose coordinator one is |
| partner-system | a program of an organisation: for that organisation |
| operator | for the whole installation |

That somebody may knock doesn't make what they ask for theirs; the command's handler decides that, under its lock.
Whose role is none of those named gets 403, who hasn't signed in 401. A thing that isn't theirs isn't found (404), a
list holds only what is theirs, and who names an organisation to act for that isn't theirs gets 403.
"""


class Endpoint(NamedTuple):
    """One endpoint and the names of those whom it serves."""

    service: str
    method: str
    path: str
    audiences: tuple[str, ...]


def list_endpoints(service: str, app: FastAPI) -> Iterator[Endpoint]:
    """All endpoints of a service's app, in the order in which they are tried."""
    for route in iter_route_contexts(app.routes):
        declared = read_declaration(route)
        if declared is None:
            continue
        names = tuple(audience.name for audience in declared.audiences)
        nobody = PUBLIC if isinstance(declared, ServesPublic) else ANYONE
        for method in sorted(route.methods or ()):
            yield Endpoint(service, method, str(route.path), names or (nobody,))


def render_page() -> str:
    """The page, from the endpoints of all services."""
    return "\n".join([_HEAD, *(_render_service(service) for service in SERVICES)])


def _render_service(service: str) -> str:
    found = {
        f"| `{each.method} {each.path}` | {', '.join(each.audiences)} |": None
        for each in sorted(
            list_endpoints(service, _build_app(service)), key=lambda each: (each.path, each.method)
        )
    }
    return "\n".join([f"## {service}\n", "| endpoint | serves |", "| --- | --- |", *found, ""])


def _build_app(service: str) -> FastAPI:
    """The app of a service that runs nowhere."""
    key = make_key()
    nowhere = {
        "DATABASE": "postgresql://nobody@127.0.0.1:1/nothing",
        "KAFKA": "127.0.0.1:1",
        "PUBLIC_ID_SECRET": "0" * 64,
        "PUBLIC_URL": "https://alumni.example",
        "SESSION_KEYS": publish_keys([key]),
        "SESSION_SIGNING_KEY": key,
        "SMTP": "smtp://127.0.0.1:1",
    }
    os.environ.update({f"ALUMNIBUS_{name}": value for name, value in nowhere.items()})
    composed = importlib.import_module(f"services.{service}.app").compose()
    return create_app(composed, lambda app: nullcontext())


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(), "utf-8")


if __name__ == "__main__":
    main()
