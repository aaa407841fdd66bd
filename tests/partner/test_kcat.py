"""What docs/partners.md says of kcat: Debian's own program, on the librdkafka of confluent-kafka's wheel, which is new
enough."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import confluent_kafka
import pytest

from deploy.local.home import CHECKOUT
from tests.partner.test_documents import COMMANDS

pytestmark = pytest.mark.kcat
KCAT = CHECKOUT / ".venv" / "kcat" / "usr"
[COMMAND] = [line for line in COMMANDS if line.startswith("kcat ")]


@pytest.fixture
def libraries(tmp_path: Path) -> str:
    """Where kcat finds its libraries; librdkafka under the name that Debian gives it."""
    [own] = (Path(confluent_kafka.__path__[0]).parent / "confluent_kafka.libs").glob("librdkafka-*.so.1")
    (tmp_path / "librdkafka.so.1").symlink_to(own)
    return ":".join(map(str, (tmp_path, *KCAT.glob("lib/*"))))


def run(command: str, folder: Path, libraries: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "LD_LIBRARY_PATH": libraries,
        "PATH": f"{KCAT / 'bin'}:{os.environ['PATH']}",
    }
    return subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_documented_command_prints_the_first_message(giz: Path, libraries: str) -> None:
    read = run(COMMAND, giz, libraries)
    told = json.loads(read.stdout)

    assert read.returncode == 0
    assert (told["topic"], told["key"], told["payload"]) == ("events.offer.v1", "key", "{}")
    assert "EventScheduled" in told["headers"]


def test_it_says_what_is_refused(giz: Path, libraries: str) -> None:
    inner = run(COMMAND.replace("events.offer.v1", "members.profile.v1"), giz, libraries)

    assert inner.returncode == 1
    assert "Broker: Topic authorization failed" in inner.stderr
