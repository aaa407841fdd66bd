"""Organisations are described, and their lists imported, as offices really keep them."""

import asyncio
from typing import Any

from deploy.local.data.manifest import ListResult
from deploy.local.data.organisations import load_all_organisations, load_programmes
from deploy.local.journey.stage import Stage, require_all, require_equal, wait_for

CLIENTS = 8


async def organisations_are_described(stage: Stage) -> str:
    """Organisations are described."""
    described = load_all_organisations()
    client = stage.clients["members"]
    operator = dict(await stage.persons.operate())
    gate = asyncio.Semaphore(CLIENTS)

    async def put_in_turn(path: str, body: Any) -> None:
        async with gate:
            stage.require_success(await client.put(path, json=body, headers=operator))

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
    listed = await stage.list_all("members", "/organisations")
    require_all((o["slug"] for o in described), (o["organisation"] for o in listed), "organisations")
    return f"{len(described)} organisations"


async def members_join(stage: Stage) -> str:
    """Members join."""
    reports = [await _join_members(stage, expected) for expected in stage.manifest.lists]
    joined = sum(report["joined"] for report in reports)
    expected_pairs = stage.manifest.duplicates_at_least if joined else 0
    duplicates = await wait_for(
        lambda: _count_duplicates(stage, expected_pairs), "likely duplicates are listed"
    )
    stage.rows_per_second = stage.manifest.row_count / sum(report["seconds"] for report in reports)
    return (
        f"{stage.manifest.new_member_count:,} members, {stage.manifest.bad_count} bad rows,"
        f" {duplicates} likely duplicates, {stage.rows_per_second:,.0f} rows/s"
    )


async def _join_members(stage: Stage, expected: ListResult) -> Any:
    report = await _import_list(stage, expected)
    require_equal(expected.rows - len(expected.bad), _good_rows(report), f"good rows of {expected.file}")
    coordinator = await stage.persons.coordinate(expected.organisation)
    problems = await stage.list_all("members", f"/imports/{report['import']}/problems", coordinator)
    found = sorted((p["line"], p["reason"]) for p in problems)
    require_equal(sorted((b.line, b.reason) for b in expected.bad), found, f"bad rows of {expected.file}")
    stage.joined[expected.organisation] = await _list_members(stage, expected.organisation)
    if expected.invite:
        invited = await _list_invited(stage, expected.organisation)
        stage.told.update(("invitation", member) for member in invited)
    return report


async def require_members(stage: Stage) -> None:
    """Raises `StepFailed` if a member lacks who was an organisation's after its list was imported."""
    for organisation, members in stage.joined.items():
        require_all(members, await _list_members(stage, organisation), f"members of {organisation}")


async def _list_members(stage: Stage, organisation: str) -> list[str]:
    coordinator = await stage.persons.coordinate(organisation)
    listed = await stage.list_all("members", "/members", coordinator, organisation=organisation)
    return [each["member"] for each in listed]


async def _list_invited(stage: Stage, organisation: str) -> set[str]:
    gate = asyncio.Semaphore(CLIENTS)
    coordinator = await stage.persons.coordinate(organisation)

    async def is_invited(member: str) -> bool:
        async with gate:
            affiliations = (await stage.get_json("members", f"/members/{member}", coordinator))[
                "affiliations"
            ]
        return any(each["organisation"] == organisation and each["invited_at"] for each in affiliations)

    members = stage.joined[organisation]
    invited = await asyncio.gather(*(is_invited(member) for member in members))
    return {member for member, is_one in zip(members, invited, strict=True) if is_one}


async def a_repeat_changes_nothing(stage: Stage) -> str:
    """The same list again changes nothing."""
    expected = stage.manifest.lists[0]
    report = await _import_list(stage, expected)
    require_equal(expected.rows - len(expected.bad), report["unchanged"], "unchanged rows")
    return f"{report['unchanged']} rows unchanged"


async def _import_list(stage: Stage, expected: ListResult) -> Any:
    file = stage.list_file(expected.file)
    sent = {
        "list": (file.name, file.read_bytes(), "text/csv"),
        "mapping": (f"{file.stem}.toml", file.with_suffix(".toml").read_bytes(), "application/toml"),
    }
    coordinator = await stage.persons.coordinate(expected.organisation)
    answer = await stage.clients["members"].post("/imports", files=sent, headers=dict(coordinator))
    path = f"/imports/{stage.require_success(answer)['import']}"

    async def ended_import() -> Any:
        report = await stage.get_json("members", path, coordinator)
        return report if report["state"] in ("done", "failed") else None

    report = await wait_for(ended_import, f"import of {file.name}")
    require_equal("done", report["state"], f"import of {file.name}")
    return report


async def _count_duplicates(stage: Stage, at_least: int) -> str | None:
    """Pairs on which nobody has decided; as a text, of which "0" is true too."""
    duplicates = int((await stage.read_statistics("members"))["duplicates"])
    return str(duplicates) if duplicates >= at_least else None


def _good_rows(report: Any) -> int:
    return sum(report[name] for name in ("joined", "affiliated", "changed", "suggested", "unchanged"))


def _organisation_body(organisation: Any) -> dict[str, Any]:
    fields = ("name", "kind", "country", "host_country", "jurisdiction", "languages")
    return {name: organisation[name] for name in fields if organisation.get(name) is not None}
