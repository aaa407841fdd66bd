"""Step 1: organisations are described, and their lists imported as offices really have them."""

import asyncio
from typing import Any

from deploy.local.data.manifest import ListResult
from deploy.local.data.organisations import all_organisations, programmes
from deploy.local.journey.stage import Stage, must, until


async def organisations_are_described(stage: Stage) -> str:
    """Organisations are described."""
    described = all_organisations()
    door = stage.doors["members"]
    gate = asyncio.Semaphore(8)

    async def put(path: str, body: Any) -> None:
        async with gate:
            stage.good(await door.put(path, json=body))

    await asyncio.gather(*(put(f"/organisations/{o['slug']}", _told(o)) for o in described))
    await asyncio.gather(
        *(
            put(f"/organisations/{p['organisation']}/programmes/{p['slug']}", {"name": p["names"]["de"]})
            for p in programmes()
        )
    )
    must(len(described), (await stage.figures("members"))["organisations"], "organisations")
    return f"{len(described)} organisations"


async def members_join(stage: Stage) -> str:
    """Members join."""
    seconds = 0.0
    for expected in stage.manifest.lists:
        report = await _import(stage, expected)
        seconds += report["seconds"]
        must(expected.rows - len(expected.bad), _good_rows(report), f"good rows of {expected.file}")
        problems = await stage.pages("members", f"/imports/{report['import']}/problems")
        found = sorted((p["line"], p["reason"]) for p in problems)
        must(sorted((b.line, b.reason) for b in expected.bad), found, f"bad rows of {expected.file}")
    figures = await stage.figures("members")
    must(stage.manifest.new_members, figures["members"], "members")
    must(stage.manifest.new_members + stage.manifest.affiliations, figures["affiliations"], "affiliations")
    duplicates = await until(lambda: _count_duplicates(stage), "likely duplicates are listed")
    stage.rows_per_second = stage.manifest.rows / seconds
    return (
        f"{figures['members']:,} members, {stage.manifest.bad} bad rows, {duplicates} likely duplicates,"
        f" {stage.rows_per_second:,.0f} rows/s"
    )


async def a_repeat_changes_nothing(stage: Stage) -> str:
    """The same list again changes nothing."""
    expected = stage.manifest.lists[0]
    report = await _import(stage, expected)
    must(expected.rows - len(expected.bad), report["unchanged"], "unchanged rows")
    must(stage.manifest.new_members, (await stage.figures("members"))["members"], "members")
    return f"{report['unchanged']} rows unchanged"


async def _import(stage: Stage, expected: ListResult) -> Any:
    file = stage.file(expected.file)
    sent = {
        "list": (file.name, file.read_bytes(), "text/csv"),
        "mapping": (f"{file.stem}.toml", file.with_suffix(".toml").read_bytes(), "application/toml"),
    }
    answer = await stage.doors["members"].post("/imports", files=sent)
    place = f"/imports/{stage.good(answer)['import']}"

    async def done() -> Any:
        report = await stage.get("members", place)
        return report if report["state"] in ("done", "failed") else None

    report = await until(done, f"import of {file.name}")
    must("done", report["state"], f"import of {file.name}")
    return report


async def _count_duplicates(stage: Stage) -> int | None:
    duplicates = int((await stage.figures("members"))["duplicates"])
    return duplicates if duplicates >= stage.manifest.doubles_at_least else None


def _good_rows(report: Any) -> int:
    return int(report["joined"] + report["affiliated"] + report["unchanged"])


def _told(organisation: Any) -> dict[str, Any]:
    fields = ("name", "kind", "country", "host_country", "jurisdiction", "languages")
    return {name: organisation[name] for name in fields if organisation.get(name) is not None}
