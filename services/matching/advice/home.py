"""What waits for a person in advice, and what is theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.matching.advisers import advisers
from services.matching.advisers.advisers import AdviserCapacity
from services.matching.replicas import members
from services.matching.requests import lists, seats
from shared.contracts.matching import RequestState
from shared.postgres.pool import Tx

SHOWN, COUNTED = 20, 1000
AT_DESK = (RequestState.REQUESTED, RequestState.PROPOSED, RequestState.ACCEPTED, RequestState.AGREED)
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Home:
    """What a person finds: `own` are their requests, `proposed` those on which they are asked to advise, `advised`
    those that they took on; `names` are the names that they may see; `at_desk` counts what their desks look for."""

    own: Rows = ()
    proposed: Rows = ()
    advised: Rows = ()
    names: Mapping[UUID, str] = field(default_factory=dict)
    capacity: AdviserCapacity | None = None
    advises: bool = False
    desks: Sequence[str] = ()
    at_desk: int = 0

    @property
    def waiting(self) -> int:
        """How many things need this person."""
        agreeing = sum(1 for row in self.own if row["state"] == RequestState.ACCEPTED)
        return agreeing + len(self.proposed) + self.at_desk


@dataclass(frozen=True)
class DeskList:
    """What lies at somebody's desks, by state and deadline, with the names of who asks and who took it."""

    desks: Sequence[str]
    counts: Mapping[RequestState, int]
    rows: Mapping[RequestState, Rows]
    names: Mapping[UUID, str]


async def read_home(tx: Tx, member: UUID) -> Home:
    """What a member finds; of each list the first SHOWN."""
    desks = await seats.list_desks(tx, member)
    own, advised = await lists.list_own(tx, member, SHOWN), await lists.list_advised(tx, member)
    seen = [row["adviser"] for row in own] + [row["requester"] for row in advised]
    return Home(
        own=sorted(own, key=lambda row: bool(row["state"] != RequestState.ACCEPTED)),
        proposed=await lists.list_proposed(tx, member, SHOWN),
        advised=advised,
        names=await members.find_names(tx, seen),
        capacity=await advisers.read_capacity(tx, member),
        advises=await members.is_adviser(tx, member),
        desks=desks,
        at_desk=await lists.count_at_desks(tx, desks, RequestState.REQUESTED, COUNTED),
    )


async def read_desk_list(tx: Tx, member: UUID) -> DeskList:
    """What lies at the desks where a member sits; of each state the first 50."""
    desks = await seats.list_desks(tx, member)
    rows = {state: await lists.list_due(tx, desks, state, 50) for state in AT_DESK}
    people = [row[who] for found in rows.values() for row in found for who in ("requester", "contact")]
    return DeskList(
        desks=desks,
        counts={state: await lists.count_at_desks(tx, desks, state, COUNTED) for state in AT_DESK},
        rows=rows,
        names=await members.find_names(tx, people),
    )
