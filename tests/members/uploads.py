"""Uploading lists as offices do: organisations first, then a list with its mapping."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from deploy.local.data import organisations
from deploy.local.data.layouts import LAYOUTS
from shared.testing.services import Running
from shared.testing.waiting import eventually

ImportList: TypeAlias = Callable[..., Awaitable[Any]]

# A list of a few columns, as tests write them.
MAPPING = b"""
organisation = "daad"
[columns]
reference = "id"
given_name = "first"
family_name = "last"
email = "mail"
"""
HEADER = "id,first,last,mail\n"


async def describe_organisations(running: Running) -> None:
    """Describe the organisations and programmes of the demo's lists to members."""
    wanted = {layout.organisation for layout in LAYOUTS}
    for entry in organisations.load_organisations():
        if entry["slug"] in wanted:
            described = {name: entry[name] for name in ("name", "kind", "country")}
            (await running.http.put(f"/organisations/{entry['slug']}", json=described)).raise_for_status()
    for entry in organisations.load_programmes():
        if entry["organisation"] in wanted:
            path = f"/organisations/{entry['organisation']}/programmes/{entry['slug']}"
            (await running.http.put(path, json={"name": entry["names"]["de"]})).raise_for_status()


def make_list(number: int) -> bytes:
    """A list of so many synthetic persons."""
    rows = (f"{n},Given{n},Family,person{n}@example.org\n" for n in range(number))
    return (HEADER + "".join(rows)).encode()


async def post_list(running: Running, content: bytes, mapping: bytes, *, dry_run: bool = False) -> Any:
    """POST /imports as an office's tool would."""
    files = {"list": ("list.csv", content, "text/csv"), "mapping": ("list.toml", mapping, "application/toml")}
    return await running.http.post("/imports", files=files, params={"dry_run": dry_run})


async def await_import(running: Running, location: str) -> Any:
    """The import at this location, when it is done or failed."""

    async def end() -> Any:
        state = (await running.http.get(location)).json()
        return state if state["state"] in ("done", "failed") else None

    return await eventually(end, seconds=60)


def read_list(folder: Path, name: str) -> tuple[bytes, bytes]:
    """A generated list and its mapping."""
    return (folder / f"{name}.csv").read_bytes(), (folder / f"{name}.toml").read_bytes()
