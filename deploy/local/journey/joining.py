"""Organisations are described, and their lists imported, as offices really keep them."""

import asyncio
from typing import Any

from deploy.local.data.manifest import ListResult
from deploy.local.data.organisations import load_all_organisations, load_programmes
from deploy.local.journey.stage import Stage, require_equal, wait_for


async def organisations_are_described(stage: Stage) -> str:
    """Organisations are described."""
    described = load_all_organisations()
    client = stage.clients["members"]
    gate = asyncio.Semaphore(8)

    async def put_in_turn(path: str, body: Any) -> None:
        async with gate:
            stage.require_success(await client.put(path, json=body))

    await asyncio.gather(
        *(put_in_turn(f"/organisations/{o['slug']}", _organisation_body(o)) for o in described)
    )
    await asyncio.gather(
        *(
            put_in_turn(
                f"/organisations/{p['organisation']}/programmes/{p['slug']}", {"name": p["names"]["de"]}
            )
            for p in load_programmes()
        )
    )
    require_equal(len(described), (await stage.read_statistics("members"))["organisations"], "organisations")
    return f"{len(described)} organisations"


async def members_join(stage: Stage) -> str:
    """Members join."""
    seconds = 0.0
    for expected in stage.manifest.lists:
        report = await _import_list(stage, expected)
        seconds += report["seconds"]
        require_equal(expected.rows - len(expected.bad), _good_rows(report), f"good rows of {expected.file}")
        problems = await stage.list_all("members", f"/imports/{report['import']}/problems")
        found = sorted((p["line"], p["reason"]) for p in problems)
        require_equal(sorted((b.line, b.reason) for b in expected.bad), found, f"bad rows of {expected.file}")
    statistics = await stage.read_statistics("members")
    require_equal(stage.manifest.new_member_count, statistics["members"], "members")
    require_equal(
        stage.manifest.new_member_count + stage.manifest.affiliation_count,
        statistics["affiliations"],
        "affiliations",
    )
    duplicates = await wait_for(lambda: _count_duplicates(stage), "likely duplicates are listed")
    stage.rows_per_second = stage.manifest.row_count / seconds
    return (
        f"{statistics['members']:,} members, {stage.manifest.bad_count} bad rows, {duplicates} likely duplicates,"
        f" {stage.rows_per_second:,.0f} rows/s"
    )


async def a_repeat_changes_nothing(stage: Stage) -> str:
    """The same list again changes nothing."""
    expected = stage.manifest.lists[0]
    report = await _import_list(stage, expected)
    require_equal(expected.rows - len(expected.bad), report["unchanged"], "unchanged rows")
    require_equal(
        stage.manifest.new_member_count, (await stage.read_statistics("members"))["members"], "members"
    )
    return f"{report['unchanged']} rows unchanged"


async def _import_list(stage: Stage, expected: ListResult) -> Any:
    file = stage.list_file(expected.file)
    sent = {
        "list": (file.name, file.read_bytes(), "text/csv"),
        "mapping": (f"{file.stem}.toml", file.with_suffix(".toml").read_bytes(), "application/toml"),
    }
    answer = await stage.clients["members"].post("/imports", files=sent)
    path = f"/imports/{stage.require_success(answer)['import']}"

    async def ended_import() -> Any:
        report = await stage.get_json("members", path)
        return report if report["state"] in ("done", "failed") else None

    report = await wait_for(ended_import, f"import of {file.name}")
    require_equal("done", report["state"], f"import of {file.name}")
    return report


async def _count_duplicates(stage: Stage) -> int | None:
    duplicates = int((await stage.read_statistics("members"))["duplicates"])
    return duplicates if duplicates >= stage.manifest.duplicates_at_least else None


def _good_rows(report: Any) -> int:
    return int(report["joined"] + report["affiliated"] + report["unchanged"])


def _organisation_body(organisation: Any) -> dict[str, Any]:
    fields = ("name", "kind", "country", "host_country", "jurisdiction", "languages")
    return {name: organisation[name] for name in fields if organisation.get(name) is not None}
