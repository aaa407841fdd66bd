"""Bringing lists as offices do: organisations first, then a list with its mapping."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from deploy.local.data import organisations
from deploy.local.data.layouts import LAYOUTS
from shared.testing.services import Running
from shared.testing.waiting import eventually

Bring: TypeAlias = Callable[..., Awaitable[Any]]


async def describe_organisations(running: Running) -> None:
    """Tell members the organisations and programmes of the demo's lists."""
    wanted = {layout.organisation for layout in LAYOUTS}
    for entry in organisations.load_organisations():
        if entry["slug"] in wanted:
            told = {name: entry[name] for name in ("name", "kind", "country")}
            (await running.http.put(f"/organisations/{entry['slug']}", json=told)).raise_for_status()
    for entry in organisations.load_programmes():
        if entry["organisation"] in wanted:
            path = f"/organisations/{entry['organisation']}/programmes/{entry['slug']}"
            (await running.http.put(path, json={"name": entry["names"]["de"]})).raise_for_status()


async def post(running: Running, content: bytes, mapping: bytes, *, dry_run: bool = False) -> Any:
    """POST /imports as an office's tool would."""
    files = {"list": ("list.csv", content, "text/csv"), "mapping": ("list.toml", mapping, "application/toml")}
    return await running.http.post("/imports", files=files, params={"dry_run": dry_run})


async def ended(running: Running, location: str) -> Any:
    """The import at this place, when it is done or failed."""

    async def end() -> Any:
        state = (await running.http.get(location)).json()
        return state if state["state"] in ("done", "failed") else None

    return await eventually(end, seconds=60)


def read(folder: Path, name: str) -> tuple[bytes, bytes]:
    """A generated list and its mapping."""
    return (folder / f"{name}.csv").read_bytes(), (folder / f"{name}.toml").read_bytes()
