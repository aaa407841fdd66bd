"""What a service is made of; its composition root fills this in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter

import shared.messaging
import shared.runtime
from shared.messaging.consumer.routes import Routes
from shared.messaging.projection import Projection
from shared.messaging.published_state import PublishedState
from shared.postgres.pool import Pool, Tx
from shared.runtime.settings import Settings
from shared.runtime.worker import Worker

Part = Literal["api", "consumers", "relay", "work"]
PARTS: tuple[Part, ...] = ("api", "consumers", "relay", "work")


@dataclass(frozen=True)
class Service:
    """One service. `folder` holds its `migrations/`; `state` is what its API finds in `request.app.state`;
    `published` are the aggregates whose state it publishes, `projections` what it holds of others'. `on_restore` does
    what this service has to do when a new generation begins, in that transaction, `after_restore` what it has to do
    before it publishes its state again; each returns a sentence about it."""

    name: str
    settings: Settings
    folder: Path
    router: APIRouter
    routes: Routes = field(default_factory=dict)
    workers: Sequence[Worker] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    published: Sequence[PublishedState] = ()
    projections: Sequence[Projection] = ()
    on_restore: Callable[[Tx], Awaitable[str]] | None = None
    after_restore: Callable[[Pool], Awaitable[str]] | None = None

    @property
    def migration_folders(self) -> list[Path]:
        """Folders of SQL, in the order in which they are applied."""
        return migration_folders(self.folder)


def migration_folders(folder: Path) -> list[Path]:
    """The folders of SQL of the service in `folder`: the mechanism's first, then its own."""
    mechanism = [Path(package.__path__[0]) for package in (shared.messaging, shared.runtime)]
    return [part / "migrations" for part in (*mechanism, folder)]
