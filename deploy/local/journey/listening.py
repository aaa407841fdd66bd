"""A partner listens, with a program that uses no code of ours."""

import asyncio
import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from deploy.kafka.client_files import LIBRDKAFKA, write_files
from deploy.local.home import CHECKOUT
from deploy.local.journey.stage import Stage, StepFailed, require_equal
from deploy.local.partners import PUBLIC
from shared.contracts.catalogue import MEMBER, OFFER, ORGANISATION, REQUEST, TOPICS

LISTENER = CHECKOUT / "examples" / "partner" / "listen.py"
SETTLE_SECONDS = 60


async def a_partner_listens(stage: Stage) -> str:
    """A partner listens, with the same counts."""
    expected = await _counts_of_services(stage)
    async with asyncio.timeout(SETTLE_SECONDS):
        while _counts_of_topics(found := await _run_listener(stage)) != expected:
            await asyncio.sleep(0.5)
    require_equal(
        0, sum(topic["leaks"] for topic in found.values()), "names, addresses or inner ids on public topics"
    )
    records = sum(topic["records"] for topic in found.values())
    return f"{records:,} records; {', '.join(f'{n:,} {what}' for what, n in list(expected.items())[:4])}"


async def _counts_of_services(stage: Stage) -> dict[str, int]:
    members, events = await stage.read_statistics("members"), await stage.read_statistics("events")
    matching = await stage.read_statistics("matching")
    return {
        "organisations": members["organisations"],
        "members": members["members"],
        "offers": events["offers"].get("published", 0),
        "registered": events["registrations"].get("registered", 0),
        "requests": sum(matching["requests"].values()),
        "agreed": matching["requests"].get("agreed", 0),
    }


def _counts_of_topics(found: Any) -> dict[str, int]:
    return {
        "organisations": found[ORGANISATION.name]["keys"],
        "members": found[MEMBER.name]["keys"],
        "offers": found[OFFER.name]["states"].get("published", 0),
        "registered": found[OFFER.name]["registered"],
        "requests": found[REQUEST.name]["keys"],
        "agreed": found[REQUEST.name]["states"].get("agreed", 0),
    }


async def _run_listener(stage: Stage) -> Any:
    topics = [topic.name for topic in TOPICS if topic.audience == "public"]
    command = [str(LISTENER), str(_find_settings(stage)), *topics, "--forbid", str(_write_forbidden(stage))]
    listener = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await listener.communicate()
    if listener.returncode:
        raise StepFailed(f"the listener failed: {errors.decode()[-300:]}")
    return json.loads(output)


def _find_settings(stage: Stage) -> Path:
    """A partner's own; where Kafka is an existing server that has none, those of whoever reaches it."""
    folders = stage.context.partner_folders
    if PUBLIC in folders:
        return folders[PUBLIC] / LIBRDKAFKA
    write_files(stage.lists, stage.context.kafka)
    return stage.lists / LIBRDKAFKA


def _write_forbidden(stage: Stage) -> Path:
    """A file with every address and every whole name of the lists, and the inner ids the journey has met."""
    texts = {text for each in stage.manifest.lists for text in _collect_persons(stage.list_file(each.file))}
    path = stage.lists / "forbidden.txt"
    path.write_text("\n".join(sorted(texts | set(stage.members.values()))), "utf-8")
    return path


def _collect_persons(file: Path) -> set[str]:
    mapping = tomllib.loads(file.with_suffix(".toml").read_text("utf-8"))
    columns = mapping["columns"]
    text = file.read_bytes().decode(mapping["encoding"].replace("utf-8", "utf-8-sig"), "replace")
    rows = csv.DictReader(text.replace("\0", "").splitlines(), delimiter=mapping["delimiter"])
    found: set[str] = set()
    for row in rows:
        given, family = row.get(columns.get("given_name")), row.get(columns.get("family_name"))
        address = row.get(columns["email"]) or ""
        found |= {address.strip()} if "@" in address else set()
        found |= {f"{given} {family}".strip()} if given and family else set()
    return {text for text in found if len(text) > 5}
