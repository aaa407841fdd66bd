"""The services and the mailbox as children: prepared, started, killed, started again, stopped in order."""

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.kafka.grants import name_service_user
from deploy.local.children import Child, Children, Program, end_together
from deploy.local.database import SERVICES
from deploy.local.failure import Failed, build_failure
from deploy.local.home import CHECKOUT, fresh_log, get_secret
from deploy.local.ports import LOOPBACK, is_free
from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment

PREPARE_LIMIT = 120.0
READY_LIMIT = 60.0
STOP_GRACE = 20.0
MAILBOX = "mailbox"
# All persons here are synthetic: so the public topics may fill while one looks on.
RELEASE_SECONDS = "3"
PARTNERS = ("deutscher-bundestag", "giz")


@dataclass(frozen=True)
class Part:
    """One process of the platform: `prepare` runs to its end before `command` serves on `port`."""

    name: str
    port: int
    command: Sequence[str]
    prepare: Sequence[str] | None
    environment: Mapping[str, str]


def assign_ports(base: int) -> dict[str, int]:
    """The port of each part: members at base+1, then events, matching, notifications, the mailbox."""
    return {name: base + offset for offset, name in enumerate((*SERVICES, MAILBOX), start=1)}


def claim_ports(base: int) -> dict[str, int]:
    """The ports, all free now; `Failed` names the one that is taken and the remedy."""
    for name, port in assign_ports(base).items():
        if not is_free(port):
            raise Failed(
                f"Port {port} ({name}) is taken by another program: end it, or move all ports with "
                f"`make demo PORT={base + 100}`."
            )
    return assign_ports(base)


def build_parts(
    home: Path, ports: Mapping[str, int], dsns: Mapping[str, str], kafka: Kafka, smtp_port: int
) -> list[Part]:
    """The mailbox and the four services, each with its environment."""
    python = (sys.executable, "-m")
    own = {
        "members": {
            "ALUMNIBUS_PUBLIC_ID_SECRET": get_secret(home, "public-ids"),
            "ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS,
            "ALUMNIBUS_RELEASE_MINIMUM": "1",
        },
        "events": {"ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS, "ALUMNIBUS_RELEASE_MINIMUM": "1"},
        "matching": {"ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS},
        "notifications": {
            "ALUMNIBUS_SMTP": f"smtp://{LOOPBACK}:{smtp_port}",
            "ALUMNIBUS_PARTNERS": ",".join(PARTNERS),
            "ALUMNIBUS_SITE": f"http://{LOOPBACK}:{ports['events']}",
            "ALUMNIBUS_LEASE_SECONDS": "10",
        },
    }
    mailbox = (*python, "deploy.local.mailbox", str(home / "mail"), str(smtp_port), str(ports[MAILBOX]))
    services = [
        Part(
            name,
            ports[name],
            (*python, f"services.{name}", "serve"),
            (*python, f"services.{name}", "migrate"),
            _base_environment()
            | _service_settings(dsns[name], sign_in_as(home, name, kafka), ports[name])
            | own.get(name, {}),
        )
        for name in SERVICES
    ]
    return [Part(MAILBOX, ports[MAILBOX], mailbox, None, _base_environment()), *services]


def sign_in_as(home: Path, service: str, kafka: Kafka) -> Kafka:
    """Kafka as a service reaches it: with a user of its own, where one signs in at all."""
    if not kafka.user:
        return kafka
    user = name_service_user(service, kafka.prefix)
    return replace(kafka, user=user, password=get_secret(home, f"kafka-{service}"))


def _base_environment() -> dict[str, str]:
    """Ours without the settings of the launcher: a service gets its own role's password only."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ALUMNIBUS_")}
    return inherited | {"PYTHONUNBUFFERED": "1"}


def _service_settings(dsn: str, kafka: Kafka, port: int) -> dict[str, str]:
    """A home's data may be old when its journey is played again, and wants the first answers then."""
    return {
        **build_environment(kafka),
        "ALUMNIBUS_DATABASE": dsn,
        "ALUMNIBUS_HTTP_PORT": str(port),
        "ALUMNIBUS_ANSWER_DAYS": "3650",
    }


class Processes:
    """The parts by name."""

    def __init__(self, children: Children, home: Path, parts: Sequence[Part]) -> None:
        self._children = children
        self._parts = {part.name: part for part in parts}
        self._running: dict[str, Child] = {}
        self._logs = {part.name: fresh_log(home, part.name) for part in parts}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._running.items()}

    def start_all(self) -> None:
        """Prepare and start all side by side; returns when each says that it is ready."""
        self._children.run_together(
            *(lambda part=part: self._bring_up(part) for part in self._parts.values())
        )

    def start(self, name: str) -> None:
        """Start one that was killed; returns when it says that it is ready."""
        part = self._parts[name]
        child = self._children.start(self._build_program(part, part.command))
        self._running[name] = child
        try:
            child.wait_until(lambda: readiness_status(part) == 200, READY_LIMIT)
        except Failed as failed:
            raise Failed(f"{failed.sentence}{_read_reason(part)}", failed.log_tail) from None

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until it is gone."""
        self._running.pop(name).kill()

    def check_running(self) -> None:
        """`Failed` if one has ended that should run."""
        for name, child in self._running.items():
            if not child.is_running:
                raise build_failure(f"{name} ended on its own (exit code {child.exit_code})", child.log)

    def stop_all(self) -> None:
        """Let all end in order; what is left after the grace time is killed."""
        end_together(list(self._running.values()), STOP_GRACE)
        self._running.clear()

    def _bring_up(self, part: Part) -> None:
        if part.prepare is not None:
            preparation = self._children.start(self._build_program(part, part.prepare))
            if preparation.wait_for_end(PREPARE_LIMIT) != 0:
                raise build_failure(f"{part.name} could not prepare its tables", preparation.log)
        self.start(part.name)

    def _build_program(self, part: Part, command: Sequence[str]) -> Program:
        return Program(part.name, command, self._logs[part.name], CHECKOUT, environment=part.environment)


def readiness_status(part: Part) -> int | None:
    """The HTTP status of its `/readyz/all`, None without an answer."""
    return _ask_readiness(part)[0]


def _read_reason(part: Part) -> str:
    """What `/readyz/all` says for itself, if it says anything."""
    code, body = _ask_readiness(part)
    return "" if code is None else f" It says: {body[:500]}"


def _ask_readiness(part: Part) -> tuple[int | None, str]:
    connection = http.client.HTTPConnection(LOOPBACK, part.port, timeout=5)
    try:
        connection.request("GET", "/readyz/all")
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return None, ""
    finally:
        connection.close()
