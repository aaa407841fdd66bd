"""What was asked of the platform, and what it answered: the ledger that its tables are compared with."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Asked:
    """Only what was clearly answered, but `issued`: the addresses of all for whom joining was asked.

    `members`: id -> address. `registrations`: id -> (offer, member). `offers`: id -> seats. `mentorships`: request ->
    (requester, adviser, the state it ended in). `unclear` counts the requests that were asked again.
    """

    issued: set[str] = field(default_factory=set)
    members: dict[UUID, str] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)
    offers: dict[UUID, int] = field(default_factory=dict)
    cancelled: set[UUID] = field(default_factory=set)
    registrations: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    withdrawn: set[UUID] = field(default_factory=set)
    mentorships: dict[UUID, tuple[UUID, UUID, str]] = field(default_factory=dict)
    commands: int = 0
    unclear: int = 0
