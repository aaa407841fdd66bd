"""What a service is made of; its composition root fills this in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from starlette.types import ASGIApp

import shared.access
import shared.messaging
import shared.runtime
from shared.messaging.consumer.routes import Routes
from shared.messaging.projection import Projection
from shared.messaging.published_state import PublishedState
from shared.postgres.pool import Pool
from shared.runtime.settings import Settings
from shared.runtime.worker import Worker

Part = Literal["api", "consumers", "relay", "work"]
PARTS: tuple[Part, ...] = ("api", "consumers", "relay", "work")


def _publish_nothing() -> Sequence[PublishedState]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a service is before it is told anything: all that operators' commands need of it.

    `folder` holds its `migrations/`; `published` gives the aggregates whose state it publishes, `projections` are what
    it holds of others'. `on_restore` does what this service has to do before a new generation begins, and may be done
    again, `after_restore` what it has to do before it publishes its state again; each returns a sentence about it.
    `published` and `after_restore` read the settings that they need, and raise pydantic's ValidationError for one
    that lacks.
    """

    name: str
    folder: Path
    routes: Routes = field(default_factory=dict)
    projections: Sequence[Projection] = ()
    published: Callable[[], Sequence[PublishedState]] = _publish_nothing
    on_restore: Callable[[Pool], Awaitable[str]] | None = None
    after_restore: Callable[[Pool], Awaitable[str]] | None = None

    @property
    def migration_folders(self) -> list[Path]:
        """Folders of SQL, in the order in which they are applied."""
        return migration_folders(self.folder)


@dataclass(frozen=True, kw_only=True)
class Service(Definition):
    """One service as its environment wants it; `state` is what its API finds in `request.app.state`.

    `wrap` is put around the whole app: a site shows problems as pages there.
    """

    settings: Settings
    router: APIRouter
    workers: Sequence[Worker] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    wrap: Callable[[ASGIApp], ASGIApp] | None = None


def migration_folders(folder: Path) -> list[Path]:
    """The folders of SQL of the service in `folder`: the mechanism's first, then its own."""
    mechanism = [Path(package.__path__[0]) for package in (shared.messaging, shared.access, shared.runtime)]
    return [part / "migrations" for part in (*mechanism, folder)]
