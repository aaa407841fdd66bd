"""The services as children: prepared, ready, killed, started again, stopped; and what is said when one fails."""

import http.client
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.children import Children
from deploy.local.demo_ports import assign_ports
from deploy.local.failure import Failed
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Part, Processes
from deploy.local.watcher import is_alive
from deploy.postgres.roles import SERVICES
from shared.messaging.kafka import Kafka

# A service in small: `migrate` leaves a mark that `serve` wants; it notes that it was asked to end.
SERVICE = """
import http.server, pathlib, signal, sys

mark = pathlib.Path(sys.argv[3])
if sys.argv[1] == "migrate":
    mark.write_text("migrated")
    sys.exit()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[4]))
        self.end_headers()
        self.wfile.write(b"checks: " + mark.read_bytes())

def end(*_):
    mark.write_text("ended in order")
    sys.exit()

signal.signal(signal.SIGTERM, end)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    (tmp_path / "logs").mkdir()
    with Children() as own:
        yield own


def build_service(folder: Path, status: int = 200) -> Part:
    script = folder / "service.py"
    script.write_text(SERVICE)
    port = free_port()
    python = (sys.executable, str(script))
    rest = (str(port), str(folder / "mark"), str(status))
    return Part("members", port, (*python, "serve", *rest), (*python, "migrate", *rest), {"PATH": ""})


def read_readiness(part: Part) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, part.port, timeout=5)
    connection.request("GET", "/readyz/all")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def test_a_service_is_prepared_before_it_serves_and_ends_in_order(children: Children, tmp_path: Path) -> None:
    part = build_service(tmp_path)
    own = Processes(children, tmp_path, [part])
    own.start_all()

    assert read_readiness(part) == "checks: migrated"

    own.stop_all()

    assert (tmp_path / "mark").read_text() == "ended in order"


def test_a_killed_service_starts_again_on_its_port(children: Children, tmp_path: Path) -> None:
    part = build_service(tmp_path)
    own = Processes(children, tmp_path, [part])
    own.start_all()
    first = own.pids["members"]
    own.kill("members")

    assert not is_alive(first)

    own.start("members")

    assert own.pids["members"] != first
    assert read_readiness(part) == "checks: migrated"


def test_a_service_that_ends_is_started_again_and_told_of_the_second_time_within_a_minute(
    children: Children, tmp_path: Path
) -> None:
    part = build_service(tmp_path)
    own = Processes(children, tmp_path, [part])
    own.start_all()
    said: list[str] = []
    own.restart_ended(said.append)
    assert said == []

    children.list_running()[-1].kill()
    own.restart_ended(said.append)
    assert said == ["members ended by itself (signal 9) and is started again"]
    assert own.read_readiness() == {"members": True}

    children.list_running()[-1].kill()
    with pytest.raises(Failed, match=r"members ended twice within a minute \(signal 9\)"):
        own.restart_ended(said.append)


def test_a_service_that_never_gets_ready_says_its_reason(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "READY_LIMIT", 1.0)
    own = Processes(children, tmp_path, [build_service(tmp_path, status=503)])

    with pytest.raises(Failed, match=r"members gave no answer within 1 seconds.*checks: migrated"):
        own.start_all()


def test_a_service_that_can_not_prepare_shows_its_log(children: Children, tmp_path: Path) -> None:
    part = Part("members", free_port(), (), (sys.executable, "-c", "raise SystemExit('no such table')"), {})

    with pytest.raises(Failed) as failed:
        Processes(children, tmp_path, [part]).start_all()

    assert failed.value.sentence.startswith("members could not prepare its tables")
    assert failed.value.log_tail == "no such table"


def test_a_service_gets_its_own_password_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALUMNIBUS_POSTGRES", "postgresql://postgres:superuser@host/postgres")
    (tmp_path / "secrets").mkdir()
    dsns = dict.fromkeys(SERVICES, "postgresql://own")
    environments = [
        part.environment
        for part in processes.build_parts(tmp_path, assign_ports(8100), dsns, Kafka("k:1"), 25)
    ]

    assert not any("superuser" in value for environment in environments for value in environment.values())
