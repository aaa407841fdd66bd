"""The journey's stage: a client for each service, what the steps know so far, and how a step is timed and judged."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.local.context import Context, Report, Step
from deploy.local.data.manifest import Manifest
from deploy.local.data.people import write_lists
from deploy.local.journey.patience import PatientTransport
from deploy.local.journey.signing_in import NOBODY, Headers, Persons, SignedInPersons

T = TypeVar("T")
PATIENCE_SECONDS = 120.0


class StepFailed(Exception):
    """A step found something other than it expects."""


@dataclass
class Stage:
    """The HTTP clients by service, those who ask through them, and what the steps pass on to each other.

    `joined` has each list's organisation with its members once it is imported; `registrations` are the journey's own,
    each with its member; `told` has who must get which kind of mail for what the journey did. Others may have used the
    platform since an earlier journey, so steps look for what is theirs, and count nothing else.
    """

    context: Context
    clients: Mapping[str, httpx.AsyncClient]
    persons: Persons
    lists: Path
    manifest: Manifest
    start: date
    rows_per_second: float = 0.0
    members: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)
    joined: dict[str, list[str]] = field(default_factory=dict)
    registrations: dict[str, str] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    requests: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    async def play_step(self, step: "Callable[[Stage], Awaitable[str]]", report: Report) -> None:
        """Play one step; its docstring says what happens, its answer is the count."""
        what = (step.__doc__ or "").partition("\n")[0].rstrip(".")
        began = time.perf_counter()
        with self.context.console.status(f"{what} …"):
            try:
                count, trouble = await step(self), ""
            except Exception as error:  # noqa: BLE001 - whatever it is, it is reported and the next step is tried
                count, trouble = "", f"{type(error).__name__}: {error}"[:300]
        seconds = time.perf_counter() - began
        report.steps.append(Step(what, count, seconds, trouble))
        line = f"{'failed' if trouble else 'done':<7}{what}: {trouble or count} ({seconds:.1f} s)"
        self.context.console.print(f"  {line}", highlight=False, markup=False)

    async def read_statistics(self, service: str) -> Any:
        """A service's public counts."""
        return await self.get_json(service, "/statistics")

    async def get_json(self, service: str, path: str, asker: Headers = NOBODY, **params: Any) -> Any:
        """The body of the answer. Raises `StepFailed` if it isn't a success."""
        answer = await self.clients[service].get(path, params=params, headers=dict(asker))
        return self.require_success(answer)

    async def list_all(self, service: str, path: str, asker: Headers = NOBODY, **params: Any) -> list[Any]:
        """All items of a paged list."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.get_json(service, path, asker, limit=200, **params, **more)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    async def send_command(
        self, service: str, path: str, body: Any, key: str, asker: Headers
    ) -> httpx.Response:
        """A command that creates, repeatable by its key."""
        headers = {"Idempotency-Key": key, **asker}
        return await self.clients[service].post(path, json=body, headers=headers)

    def list_file(self, name: str) -> Path:
        """A list of the input by its name; its mapping stands beside."""
        return (self.lists / name).with_suffix(".csv")

    @staticmethod
    def require_success(answer: httpx.Response) -> Any:
        """The body of a success. Raises `StepFailed` with the problem's own words."""
        if answer.is_success:
            return answer.json() if answer.content else None
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        request = f"{answer.request.method} {answer.request.url.path}"
        raise StepFailed(
            f"{request} answered {answer.status_code}: {problem.get('detail', answer.text[:100])}"
        )


def require_equal(expected: object, actual: object, what: str) -> None:
    """Raises `StepFailed` unless both are the same."""
    if expected != actual:
        raise StepFailed(f"{what}: expected {expected}, found {actual}")


def require_all(expected: Iterable[str], found: Iterable[str], what: str) -> None:
    """Raises `StepFailed` if one that is expected isn't found; more may be there."""
    if missing := sorted(set(expected) - set(found)):
        raise StepFailed(f"{what}: {len(missing)} of them lack, among them {', '.join(missing[:3])}")


async def wait_for(condition: Callable[[], Awaitable[T]], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Wait for a truthy answer. Raises `StepFailed` with the last one."""
    ends = time.monotonic() + seconds
    while not (answer := await condition()):
        if time.monotonic() > ends:
            raise StepFailed(f"{what}: not within {seconds:.0f} s, last {answer!r}")
        await asyncio.sleep(0.1)
    return answer


@asynccontextmanager
async def open_stage(context: Context) -> AsyncIterator[Stage]:
    """The stage, with the input written and clients open."""
    folder = context.home / "lists"
    manifest = write_lists(folder)
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, timeout=60, transport=PatientTransport())
            )
            for name, url in context.urls.items()
        }
        persons = SignedInPersons(context.entrance, clients["members"])
        yield Stage(context, clients, persons, folder, manifest, _read_start(folder))


def _read_start(lists: Path) -> date:
    """The first of the month after the first journey of this home, so that a later one finds the same year."""
    kept = lists / "journey.json"
    if not kept.exists():
        today = datetime.now(UTC).date()
        first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        kept.write_text(json.dumps({"start": first.isoformat()}))
    return date.fromisoformat(json.loads(kept.read_text())["start"])
