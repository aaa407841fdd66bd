"""The platform of deploy/compose.yaml under a name of its own, and what the tests do to it."""

import json
import os
import shlex
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from mailbox import Maildir
from pathlib import Path
from typing import Any

from deploy.local.home import CHECKOUT
from deploy.local.ports import free_port
from deploy.local.processes import DOOR
from deploy.postgres.roles import SERVICES
from shared.messaging.kafka import Kafka

NAME = "alumnibus-tried"
CHANGES = CHECKOUT / "tests" / "compose" / "tried.yaml"
PARTNERS = ("deutscher-bundestag", "giz")
OURSELVES = f"{os.getuid()}:{os.getgid()}"
COMMAND_LIMIT = 600.0
HEALTHY_LIMIT = 90.0


class DockerFailed(Exception):
    """Docker refused a command; the message ends with its own words."""


class Stack:
    """The platform's containers, networks, volumes and image, all named after `NAME`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for the mails that are sent."""
        self.folder = folder
        self.checkout = CHECKOUT
        self.measured: list[str] = []
        self.mails = folder / "mails"
        Maildir(self.mails)
        self.port = free_port()
        self.partners_port = free_port()
        self.origin = f"https://localhost:{self.port}"
        self.first_start_seconds = 0.0
        self.urls = {DOOR: self.origin} | {name: f"{self.origin}/api/{name}" for name in SERVICES}

    @property
    def words(self) -> Sequence[str]:
        """How compose is called."""
        files = (self.checkout / "deploy" / "compose.yaml", CHANGES)
        return ("docker", "compose", "-p", NAME, *(f"--file={file}" for file in files), "--profile=mail")

    def move(self, checkout: Path) -> None:
        """Let the files of compose be those of another checkout."""
        self.checkout = checkout
        self._forget()

    def note(self, sentence: str) -> None:
        """Keep what was measured, to be said at the end."""
        self.measured.append(sentence)

    def start(self, *words: str) -> float:
        """Bring all up; returns how many seconds it takes until all is healthy."""
        began = time.monotonic()
        self.compose("up", "-d", "--wait", "--wait-timeout=300", *words)
        return time.monotonic() - began

    def compose(self, *words: str, given: str | None = None) -> str:
        """One command of compose; its standard output. Raises `DockerFailed`."""
        return run([*self.words, *words], self._settings, given)

    def carry_out(self, script: str, folder: Path) -> str:
        """Do what a document says for an operator's shell, in this folder, with our stack; its standard output. Raises
        `DockerFailed` at the first command that fails."""
        ours = script.replace("docker compose -f deploy/compose.yaml", shlex.join(self.words))
        return run(["bash", "-ec", f"cd {shlex.quote(str(folder))}\n{ours}"], self._settings)

    def find(self, service: str) -> list[str]:
        """The ids of a service's containers, those that ended included."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def inspect(self, service: str) -> Any:
        """What Docker knows of the first container of a service."""
        return inspect("container", self.find(service)[0])

    def inside(self, service: str, *words: str) -> str:
        """Run a command in a service's first container; its standard output."""
        return self.compose("exec", "-T", service, *words)

    def crash(self, service: str) -> None:
        """Kill every process of the service at once, and wait until the engine has started it again."""
        before = self.inspect(service)["RestartCount"]
        with suppress(DockerFailed):  # the shell that kills may be told so itself
            self.inside(service, "sh", "-c", "kill -9 -1")
        wait_until(lambda: self.inspect(service)["RestartCount"] > before, f"{service} is started again")

    def wait_until_healthy(self, *services: str) -> None:
        """Return when each container of these services is healthy."""
        for service in services:
            wait_until(partial(self.is_healthy, service), f"{service} is healthy")

    def is_healthy(self, service: str) -> bool:
        states = [inspect("container", each)["State"] for each in self.find(service)]
        return all(state["Running"] and state["Health"]["Status"] == "healthy" for state in states)

    @cached_property
    def services(self) -> Mapping[str, Any]:
        """The services as compose reads its files."""
        return dict(json.loads(self.compose("config", "--format=json"))["services"])

    @cached_property
    def platform(self) -> Any:
        """What deploy/compose.yaml alone says, with nothing set: as an operator starts it."""
        return json.loads(
            run(
                [
                    "docker",
                    "compose",
                    "-f",
                    str(CHECKOUT / "deploy" / "compose.yaml"),
                    "config",
                    "--format=json",
                ]
            )
        )

    @cached_property
    def certificate(self) -> Path:
        """The front door's own authority, which it made at its first start."""
        file = self.folder / "authority.pem"
        file.write_text(self.inside("door", "cat", "/data/caddy/pki/authorities/local/root.crt"))
        return file

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client of the front door trusts: its authority alone."""
        return ssl.create_default_context(cafile=self.certificate)

    @cached_property
    def kafka(self) -> Kafka:
        """Kafka as its administrator reaches it from outside: at the partners' listener."""
        folder = "/run/secrets/kafka-admin"
        authority = self.folder / "kafka-authority.pem"
        authority.write_text(self.inside("kafka", "cat", f"{folder}/ca.pem"))
        password = self.inside("kafka", "cat", f"{folder}/alumnibus_kafka_password")
        return Kafka(f"localhost:{self.partners_port}", user="admin", password=password, ca=str(authority))

    def admit_partner(self, organisation: str) -> Path:
        """Let this organisation's systems read, as an operator does; the folder of its files."""
        folder = self.folder / organisation
        folder.mkdir(exist_ok=True)
        words = ("run", "--rm", "-T", f"--user={OURSELVES}", f"--volume={folder}:/files", "partners")
        self.compose(*words, "add", organisation, "--folder=/files")
        return folder

    def lose(self, *services: str) -> None:
        """Remove these services' containers and all that is on their volumes."""
        self.compose("rm", "--stop", "--force", *services)
        run(["docker", "volume", "rm", *(f"{NAME}_{service}" for service in services)])
        self._forget()

    def begin_anew(self) -> None:
        """Go on on another machine: nothing of what was there is here, secrets neither."""
        self.compose("down", "--volumes", "--timeout=60")
        self._forget()
        self.start()

    def _forget(self) -> None:
        for known in ("certificate", "kafka", "services"):
            self.__dict__.pop(known, None)

    @property
    def lasting(self) -> list[str]:
        """The services that go on, in the order of their names; all others are jobs."""
        return [name for name, service in self.services.items() if service.get("restart") != "no"]

    @property
    def jobs(self) -> list[str]:
        """The services that run to their end."""
        return [name for name in self.services if name not in self.lasting]

    def remove(self) -> None:
        """Take everything down, with data, networks and the image."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout=60")
        run(["docker", "image", "rm", "--force", NAME, f"{NAME}-door"])

    @property
    def _settings(self) -> Mapping[str, str]:
        return {
            "COMPOSE": shlex.join(self.words),
            "ALUMNIBUS_IMAGE": NAME,
            "ALUMNIBUS_DOOR_IMAGE": f"{NAME}-door",
            "ALUMNIBUS_LISTEN": f"127.0.0.1:{self.port}",
            "ALUMNIBUS_PUBLIC_URL": self.origin,
            "ALUMNIBUS_PARTNERS": ",".join(PARTNERS),
            "ALUMNIBUS_PARTNERS_LISTEN": f"127.0.0.1:{self.partners_port}",
            "ALUMNIBUS_PARTNERS_ADDRESS": f"localhost:{self.partners_port}",
            "TEST_MAIL_SERVER": str(Path(__file__).with_name("mail_sink.py")),
            "TEST_MAILS": str(self.mails),
            "TEST_USER": OURSELVES,
        }


def require_docker() -> None:
    """Raises `DockerFailed` with a sentence if there is no engine, or no compose."""
    try:
        run(["docker", "info"])
        run(["docker", "compose", "version"])
    except (DockerFailed, OSError):
        raise DockerFailed(
            "No Docker engine with compose answers: start one, or name it in DOCKER_HOST."
        ) from None


def run(words: Sequence[str], settings: Mapping[str, str] | None = None, given: str | None = None) -> str:
    """Run a command to its end; its standard output. Raises `DockerFailed`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALUMNIBUS_")}
    done = subprocess.run(
        words,
        env=inherited | dict(settings or {}),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT,
        check=False,
    )
    if done.returncode:
        raise DockerFailed(f"{' '.join(words[-4:])}: {done.stderr[-2000:]}")
    return done.stdout


def inspect(kind: str, name: str) -> Any:
    """What Docker knows of a container, an image, a network or a volume."""
    return json.loads(run(["docker", kind, "inspect", name]))[0]


def list_named(kind: str) -> list[str]:
    """The containers, networks, volumes or images that bear our name."""
    shown = {"container": "{{.Names}}", "image": "{{.Repository}}"}.get(kind, "{{.Name}}")
    command = ["docker", kind, "ls", f"--format={shown}", *(["--all"] if kind == "container" else [])]
    return [name for name in run(command).split() if name.startswith(NAME)]


def wait_until(condition: Callable[[], bool], what: str, seconds: float = HEALTHY_LIMIT) -> None:
    """Raises TimeoutError that says what didn't come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.3)
