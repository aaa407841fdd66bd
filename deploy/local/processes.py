"""The services and the mailbox as children: prepared, started, killed, started again, stopped in order."""

import http.client
import json
import os
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.kafka.grants import name_service_user
from deploy.local.children import Child, Children, Program, end_together
from deploy.local.failure import Failed, build_failure
from deploy.local.home import CHECKOUT, fresh_log, get_secret
from deploy.local.people import ISSUER_NAME
from deploy.local.ports import LOOPBACK
from deploy.postgres.roles import SERVICES
from deploy.session_keys import make_key, publish_keys
from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment

PREPARE_LIMIT = 120.0
READY_LIMIT = 60.0
STOP_GRACE = 20.0
RESTART_REST = 60.0
MAILBOX = "mailbox"
DOOR = "door"
ISSUER = "issuer"
# How members is known to the issuer, a partner's system, and for whom tokens of systems are.
CLIENT, SYSTEM, AUDIENCE = "alumnibus", "giz-systems", "alumnibus-interfaces"
# All persons here are synthetic: so the public topics may fill while one looks on.
RELEASE_SECONDS = "3"
PARTNERS = ("deutscher-bundestag", "giz")


@dataclass(frozen=True)
class Part:
    """One process of the platform: `prepare` runs to its end before `command` serves on `port`; `probe` says whether
    it does."""

    name: str
    port: int
    command: Sequence[str]
    prepare: Sequence[str] | None
    environment: Mapping[str, str]
    probe: str = "/readyz/all"


def build_parts(
    home: Path, ports: Mapping[str, int], dsns: Mapping[str, str], kafka: Kafka, smtp_port: int
) -> list[Part]:
    """The mailbox, the issuer, the four services and the front door, each with its environment."""
    python = (sys.executable, "-m")
    session_key = get_secret(home, "session-key", make_key)
    own = {
        "members": {
            "ALUMNIBUS_PUBLIC_ID_SECRET": get_secret(home, "public-ids"),
            "ALUMNIBUS_SESSION_SIGNING_KEY": session_key,
            "ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS,
            "ALUMNIBUS_RELEASE_MINIMUM": "1",
        },
        "events": {"ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS, "ALUMNIBUS_RELEASE_MINIMUM": "1"},
        "matching": {"ALUMNIBUS_RELEASE_SECONDS": RELEASE_SECONDS},
        "notifications": {
            "ALUMNIBUS_SMTP": f"smtp://{LOOPBACK}:{smtp_port}",
            "ALUMNIBUS_PARTNERS": ",".join(PARTNERS),
            "ALUMNIBUS_SITE": build_url(ports[DOOR]),
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
            | _service_settings(
                dsns[name], sign_in_as(home, name, kafka), ports[name], build_url(ports[DOOR])
            )
            | {
                "ALUMNIBUS_SESSION_KEYS": publish_keys([session_key]),
                "ALUMNIBUS_ISSUERS": _name_issuer(home, ports, with_secret=name == "members"),
            }
            | own.get(name, {}),
        )
        for name in SERVICES
    ]
    return [
        Part(MAILBOX, ports[MAILBOX], mailbox, None, _base_environment()),
        _build_issuer(home, ports),
        *services,
        _build_door(home, ports),
    ]


def build_url(port: int) -> str:
    """Where a part answers on this machine."""
    return f"http://{LOOPBACK}:{port}"


def _build_issuer(home: Path, ports: Mapping[str, int]) -> Part:
    """The demo's own issuer, which nothing but its URL tells from any other."""
    clients = {
        CLIENT: {
            "secret": get_secret(home, "issuer-client"),
            "redirect_uri": f"{build_url(ports[DOOR])}/sign-in/back",
        },
        SYSTEM: {"secret": get_secret(home, "issuer-system"), "audience": AUDIENCE},
    }
    command = (sys.executable, "-m", "deploy.local.issuer", str(ports[ISSUER]))
    environment = _base_environment() | {"ISSUER_CLIENTS": json.dumps(clients)}
    return Part(ISSUER, ports[ISSUER], command, None, environment)


def _name_issuer(home: Path, ports: Mapping[str, int], *, with_secret: bool) -> str:
    """The demo's issuer as services are told of it; members alone signs people in there."""
    issuer = {
        "issuer": build_url(ports[ISSUER]),
        "name": ISSUER_NAME,
        "client_id": CLIENT,
        "audience": AUDIENCE,
    }
    secret = {"client_secret": get_secret(home, "issuer-client")} if with_secret else {}
    return json.dumps([issuer | secret])


def _build_door(home: Path, ports: Mapping[str, int]) -> Part:
    """Caddy, which writes nowhere but in the home."""
    caddy = Path(sysconfig.get_path("scripts"), "caddy")
    command = (str(caddy), "run", "--adapter=caddyfile", f"--config={CHECKOUT / 'deploy' / 'Caddyfile'}")
    port = ports[DOOR]
    own = {
        "ALUMNIBUS_DOOR": f"http://{LOOPBACK}:{port}, http://localhost:{port}",
        "ALUMNIBUS_DOOR_OTHERS": f"http://:{port}",
        "ALUMNIBUS_DOOR_LISTEN": LOOPBACK,
        "XDG_DATA_HOME": str(home / "door"),
        "XDG_CONFIG_HOME": str(home / "door"),
        **{f"ALUMNIBUS_{name.upper()}": f"{LOOPBACK}:{ports[name]}" for name in SERVICES},
    }
    return Part(DOOR, port, command, None, _base_environment() | own, "/readyz")


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


def _service_settings(dsn: str, kafka: Kafka, port: int, public_url: str) -> dict[str, str]:
    """A home's data may be old when its journey is played again, and wants the first answers then."""
    return {
        **build_environment(kafka),
        "ALUMNIBUS_DATABASE": dsn,
        "ALUMNIBUS_HTTP_PORT": str(port),
        "ALUMNIBUS_PUBLIC_URL": public_url,
        "ALUMNIBUS_ANSWER_DAYS": "3650",
    }


class Processes:
    """The parts by name."""

    def __init__(self, children: Children, home: Path, parts: Sequence[Part]) -> None:
        self._children = children
        self._parts = {part.name: part for part in parts}
        self._running: dict[str, Child] = {}
        self._restarted: dict[str, float] = {}
        self._logs = {part.name: fresh_log(home, part.name) for part in parts}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._running.items()}

    def start_all(self) -> None:
        """Prepare and start all side by side, then the front door; returns when each says that it is ready."""
        inside = [part for part in self._parts.values() if part.name != DOOR]
        self._children.run_together(*(lambda part=part: self._bring_up(part) for part in inside))
        if DOOR in self._parts:
            self.start(DOOR)

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

    def restart_ended(self, say: Callable[[str], None]) -> None:
        """Start those again that have ended and should run; `Failed` if one has ended twice within a minute."""
        for name, child in list(self._running.items()):
            if not child.is_running:
                how, before = _describe_end(child.exit_code), self._restarted.get(name, float("-inf"))
                if time.monotonic() - before < RESTART_REST:
                    raise build_failure(f"{name} ended twice within a minute ({how})", child.log)
                say(f"{name} ended by itself ({how}) and is started again")
                self._restarted[name] = time.monotonic()
                self.start(name)

    def read_readiness(self) -> dict[str, bool]:
        """Of each part whether it says that it is ready."""
        return {name: readiness_status(part) == 200 for name, part in self._parts.items()}

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


def _describe_end(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def readiness_status(part: Part) -> int | None:
    """The HTTP status of its probe, None without an answer."""
    return _ask_readiness(part)[0]


def _read_reason(part: Part) -> str:
    """What its probe says for itself, if it says anything."""
    code, body = _ask_readiness(part)
    return "" if code is None else f" It says: {body[:500]}"


def _ask_readiness(part: Part) -> tuple[int | None, str]:
    connection = http.client.HTTPConnection(LOOPBACK, part.port, timeout=5)
    try:
        connection.request("GET", part.probe)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return None, ""
    finally:
        connection.close()
