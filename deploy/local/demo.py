"""`make demo`: everything started, the journey played, what happened printed, and everything ended again."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType

from rich.console import Console
from rich.markup import escape

from deploy.local import results
from deploy.local.children import Program
from deploy.local.consent import require_consent
from deploy.local.context import Context
from deploy.local.database import prepare_database, service_passwords
from deploy.local.demo_ports import SMTP, claim_ports, read_base_port
from deploy.local.failure import Failed, build_failure
from deploy.local.home import CHECKOUT, HOME, fresh_log, get_secret, locked_home
from deploy.local.journey.steps import play_journey
from deploy.local.operate import kept_settings
from deploy.local.partners import build_partner_settings, prepare_partners
from deploy.local.ports import LOOPBACK
from deploy.local.processes import (
    DOOR,
    ISSUER,
    MAILBOX,
    PARTNERS,
    Processes,
    build_parts,
    build_url,
)
from deploy.local.servers import Servers, running_servers
from deploy.local.signing_in import IssuerEntrance
from deploy.postgres.roles import SERVICES
from shared.runtime.settings import build_environment

DATABASE = "alumnibus"
KAFKA_COMMAND_LIMIT = 120.0
INTERRUPTED = 130
WIDTH = 160


class Progress:
    """Lines that say what is done, each with the seconds since the command was given."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.began = float(os.environ.get("STARTED") or time.time())

    @property
    def elapsed_seconds(self) -> float:
        return time.time() - self.began

    def print_line(self, line: str) -> None:
        self._console.print(f"[dim]{self.elapsed_seconds:6.1f} s[/]  {line}", highlight=False)


def main() -> int:
    """Exit code 0 if all passed, 1 if a part or a step failed, 130 if interrupted before the end."""
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    _on_interrupt(lambda: None)
    try:
        return _run_demo(console, Progress(console))
    except Failed as failed:
        console.print(f"[bold red]{escape(failed.sentence)}[/]", highlight=False)
        console.print(failed.log_tail, markup=False, highlight=False, style="dim")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _on_interrupt(first: Callable[[], None]) -> None:
    """The first signal does `first` and unwinds everything in order; more would only disturb that."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for ended in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ended, _ignore_signal)
        first()
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)


def _ignore_signal(number: int, frame: FrameType | None) -> None:
    """A later signal changes nothing."""


def _run_demo(console: Console, progress: Progress) -> int:
    base = read_base_port()
    for deed in require_consent(os.environ, DATABASE):
        progress.print_line(deed)
    with locked_home(HOME):
        ports = claim_ports(base)
    with (
        running_servers(HOME, say=progress.print_line, find_port=ports.__getitem__) as servers,
        _running_platform(servers, ports, console, progress) as context,
    ):
        first_link = progress.elapsed_seconds
        progress.print_line(f"all parts are ready; the journey begins: {context.urls[DOOR]}")
        report = play_journey(context)
        stays = os.environ.get("STAY", "1") != "0"
        results.show_results(context, servers, report, first_link)
        if stays:
            console.print("Everything stays up until Ctrl-C.", highlight=False)
        if report.failed_steps:
            console.print(f"Logs are in {HOME / 'logs'}.", highlight=False)
            console.print(
                "Data that others changed since an earlier journey is deleted by `make reset`.",
                highlight=False,
            )
        console.print(f"journey: {report.passed_steps} passed, {report.failed_steps} failed", highlight=False)
        if stays:
            _stay_up(context, servers)
        return 1 if report.failed_steps else 0


@contextmanager
def _running_platform(
    servers: Servers, ports: dict[str, int], console: Console, progress: Progress
) -> Iterator[Context]:
    _on_interrupt(servers.children.give_up)
    progress.print_line("Kafka and PostgreSQL answer")
    dsns = prepare_database(servers.postgres, DATABASE, service_passwords(HOME))
    _prepare_kafka(servers)
    partner_folders = prepare_partners(HOME, servers)
    progress.print_line("database, roles and topics are there; the services start")
    parts = build_parts(HOME, ports, dsns, servers.kafka, ports[SMTP])
    processes = Processes(servers.children, HOME, parts)
    urls = _build_urls(ports)
    try:
        processes.start_all()
        with kept_settings(HOME, parts, build_partner_settings(servers)):
            yield Context(
                home=HOME,
                kafka=servers.kafka,
                urls=urls,
                postgres=f"{servers.postgres.rpartition('/')[0]}/{DATABASE}",
                smtp=f"smtp://{LOOPBACK}:{ports[SMTP]}",
                mailbox=HOME / "mail",
                partners=PARTNERS,
                partner_folders=partner_folders,
                processes=processes,
                entrance=IssuerEntrance(HOME, urls[DOOR], urls[ISSUER]),
                console=console,
            )
    finally:
        processes.stop_all()


def _build_urls(ports: Mapping[str, int]) -> dict[str, str]:
    """Where people and programs go: the mails, the issuer, and all else through the front door."""
    door = build_url(ports[DOOR])
    interfaces = {service: f"{door}/api/{service}" for service in SERVICES}
    return {
        DOOR: door,
        MAILBOX: build_url(ports[MAILBOX]),
        ISSUER: build_url(ports[ISSUER]),
        **interfaces,
    }


def _prepare_kafka(servers: Servers) -> None:
    """Topics, and users for the services; no users where an existing server asks for none."""
    partners = (argument for partner in PARTNERS for argument in ("--partner", partner))
    commands = [("topics", *partners)]
    if servers.kafka.user:
        for service in SERVICES:
            get_secret(HOME, f"kafka-{service}")
        commands.append(("principals", "--passwords", str(HOME / "secrets")))
    servers.children.run_together(*(partial(_run_kafka_command, servers, *words) for words in commands))


def _run_kafka_command(servers: Servers, name: str, *arguments: str) -> None:
    log = fresh_log(HOME, name)
    command = (sys.executable, "-m", f"deploy.kafka.{name}", *arguments)
    environment = os.environ | build_environment(servers.kafka)
    program = Program(name, command, log, CHECKOUT, environment)
    if servers.children.start(program).wait_for_end(KAFKA_COMMAND_LIMIT) != 0:
        raise build_failure(f"Kafka could not be prepared ({name})", log)


def _stay_up(context: Context, servers: Servers) -> None:
    """Until Ctrl-C or SIGTERM. A service that ends is started again, as a supervisor would; `Failed` if it ends again
    at once, or if a server ends."""
    try:
        while True:
            time.sleep(1)
            context.processes.restart_ended(context.console.print)
            servers.check_running()
    except KeyboardInterrupt:
        context.console.print("Ending …")
