"""A row of the fault suite: a number, a name, and what it does on its stage."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.stage import Stage


@dataclass(frozen=True)
class Row:
    """`act` makes load and faults, and ends them; the frame checks afterwards. A `long` row runs only on demand.

    Rows share one broker and one PostgreSQL. One that wants more brokers, or settings of their own for the servers,
    or whose faults may leave the servers unusable (`own`), gets a pair for itself. A `gentle` one leaves the servers
    alone and mostly waits: another such row may run beside it.
    """

    number: int
    name: str
    act: Callable[[Stage], Awaitable[None]]
    long: bool = False
    own: bool = False
    gentle: bool = False
    brokers: int = 1
    kafka_settings: Mapping[str, str] = field(default_factory=dict)
    postgres_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_own_servers(self) -> bool:
        """Whether it runs on servers of its own."""
        return self.own or self.brokers > 1 or bool(self.kafka_settings or self.postgres_settings)
