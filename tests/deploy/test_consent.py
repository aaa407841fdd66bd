"""Servers that somebody else runs are changed by the demo only where that was allowed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.consent import require_consent
from deploy.local.failure import Failed
from deploy.local.home import CHECKOUT, reset_home
from deploy.local.ports import free_port

POSTGRES = {"ALUMNIBUS_POSTGRES": "postgresql://root:secret@db.example:5432/postgres"}
KAFKA = {"ALUMNIBUS_KAFKA": "kafka.example:9092"}
IN_POSTGRES = (
    "The demo uses PostgreSQL at db.example:5432 (ALUMNIBUS_POSTGRES): there it makes the database alumnibus, and "
    "gives the roles members, events, matching and notifications new passwords."
)
IN_KAFKA = (
    "The demo uses Kafka at kafka.example:9092 (ALUMNIBUS_KAFKA): there it makes the platform's topics{}."
)
USERS = ", and gives the users members, events, matching and notifications new passwords and rights"


RUN = "import sys; from pathlib import Path; from deploy.local import demo; "
RUN += "demo.HOME = Path(sys.argv[1]); sys.exit(demo.main())"


def start_demo(home: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """What `make demo` does with this home."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(home)],
        env=os.environ | environment | {"PORT": str(free_port())},
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("named", "told", "remedy"),
    [
        (POSTGRES, [IN_POSTGRES], "ALUMNIBUS_POSTGRES"),
        (KAFKA, [IN_KAFKA.format("")], "ALUMNIBUS_KAFKA"),
        (
            POSTGRES | KAFKA | {"ALUMNIBUS_KAFKA_USER": "admin"},
            [IN_POSTGRES, IN_KAFKA.format(USERS)],
            "ALUMNIBUS_POSTGRES and ALUMNIBUS_KAFKA",
        ),
    ],
)
def test_what_would_be_done_to_servers_of_others_is_said_and_not_done_unless_it_may(
    named: dict[str, str], told: list[str], remedy: str
) -> None:
    for consent in ({}, {"SERVERS": "yes"}):
        with pytest.raises(Failed) as failed:
            require_consent(named | consent, "alumnibus")
        assert failed.value.sentence == (
            f"{' '.join(told)} If you may do that to them: `make demo SERVERS=mine`. "
            f"For servers of the demo's own unset {remedy}."
        )
    assert require_consent(named | {"SERVERS": "mine"}, "alumnibus") == told


def test_servers_of_the_demos_own_need_no_consent() -> None:
    assert require_consent({"ALUMNIBUS_POSTGRES": "", "HOME": "/root"}, "alumnibus") == []


def test_the_demo_touches_nothing_before_it_may_and_says_first_what_it_does(tmp_path: Path) -> None:
    unanswered = {
        "ALUMNIBUS_KAFKA": "127.0.0.1:9",
        "ALUMNIBUS_POSTGRES": "postgresql://root:secret@127.0.0.1:9/x",
    }
    refused, allowed = (
        start_demo(tmp_path / "refused", unanswered),
        start_demo(tmp_path / "allowed", unanswered | {"SERVERS": "mine"}),
    )
    said, done = (" ".join(run.communicate()[0].split()) for run in (refused, allowed))
    reset_home(tmp_path / "allowed")

    assert (refused.returncode, (tmp_path / "refused").exists()) == (1, False)
    assert "If you may do that to them: `make demo SERVERS=mine`." in said
    assert "The demo uses PostgreSQL at 127.0.0.1:9 (ALUMNIBUS_POSTGRES): there it" in done[:100]
    assert "No answer from the server that ALUMNIBUS_" in done
    assert "secret" not in said + done
