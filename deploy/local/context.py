"""What the journey is given, and what it reports: one line for each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rich.console import Console

from deploy.local.processes import Processes
from shared.messaging.kafka import Kafka


class Entrance(Protocol):
    """How the journey's persons come in. `session_key` is the private JWK by which members signs sessions."""

    session_key: str

    async def invite_operator(self, email: str) -> None:
        """Make whoever proves this address an operator, as the command line does."""

    async def sign_in(self, email: str) -> Mapping[str, str]:
        """The headers of a browser in which whoever has this address has signed in."""


@dataclass(frozen=True)
class Context:
    """The running platform as the journey meets it; all interfaces are public, except `postgres`.

    `kafka` is how its administrator reaches Kafka, `urls` has one base URL without a closing slash for the front door,
    for each service's interface behind it, and for the mailbox, `smtp` is "smtp://host:port", `mailbox` the Maildir
    that keeps each accepted mail, `partners` the organisations with systems of their own. `partner_folders` has the
    files of those partners that can be tried. `postgres` is a superuser's DSN of the platform's database, for measuring
    only. `processes` kills and starts services. `entrance` lets persons in.
    """

    home: Path
    kafka: Kafka
    urls: Mapping[str, str]
    postgres: str
    smtp: str
    mailbox: Path
    partners: Sequence[str]
    partner_folders: Mapping[str, Path]
    processes: Processes
    entrance: Entrance
    console: Console


@dataclass(frozen=True)
class Step:
    """One step of the journey: what happened, how often, in how many seconds; `trouble` if it failed."""

    what: str
    count: str
    seconds: float
    trouble: str = ""


@dataclass
class Report:
    """All steps in their order, and further links worth a look (title -> URL)."""

    steps: list[Step] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def passed_steps(self) -> int:
        return sum(1 for step in self.steps if not step.trouble)

    @property
    def failed_steps(self) -> int:
        return len(self.steps) - self.passed_steps
