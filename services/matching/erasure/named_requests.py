"""Requests that name a member who is erased: a page of them is found, locked and changed in one transaction."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from services.matching.proposals import proposals
from services.matching.requests import announcements
from shared.contracts.matching import RequestState
from shared.postgres.pool import Tx

PAGE = 500

# What was found in one way isn't found again in it once it is changed, so each way may stop at a page.
_FIND = """
SELECT request FROM (
    (SELECT request FROM request WHERE requester = $1 LIMIT $2)
    UNION (SELECT request FROM request WHERE contact = $1 LIMIT $2)
    UNION (SELECT request FROM request WHERE contacts @> ARRAY[$1::uuid] LIMIT $2)
    UNION (SELECT request FROM request WHERE adviser = $1 LIMIT $2)
    UNION (SELECT request FROM proposal WHERE adviser = $1 LIMIT $2)
    UNION (SELECT request FROM proposal WHERE contact = $1 LIMIT $2)) AS naming
LIMIT $2"""


class NamedRequests(NamedTuple):
    """Requests that name a member; `has_more`: there may be others."""

    requests: Sequence[UUID]
    has_more: bool


async def find_first_page(tx: Tx, members: Sequence[UUID]) -> dict[UUID, NamedRequests]:
    """Requests that name these members, by member, at most a page for all together."""
    found: dict[UUID, NamedRequests] = {}
    room = PAGE
    for member in members:
        found[member] = await find_requests(tx, member, room)
        room -= len(found[member].requests)
    return found


async def find_requests(tx: Tx, member: UUID, room: int) -> NamedRequests:
    """At most so many requests that name this member."""
    rows = await tx.fetch(_FIND, member, room)
    return NamedRequests([row["request"] for row in rows], has_more=len(rows) == room)


async def lock_requests(tx: Tx, requests: Collection[UUID]) -> None:
    """Lock these by their key."""
    await tx.execute(
        "SELECT FROM request WHERE request = ANY($1) ORDER BY request FOR UPDATE", list(requests)
    )


async def remove_member(tx: Tx, member: UUID, requests: Sequence[UUID]) -> dict[UUID, str]:
    """Remove the member from these locked requests; returns those that changed, with their message types.

    The member's own keep only what their public message says; their message with persons becomes a tombstone.
    Where the member advised or was asked they go on without; an agreed mentorship ends.
    """
    types = await _remove_adviser(tx, member, requests)
    types |= await _remove_contact(tx, member, requests)
    return types | await _end_own_requests(tx, member, requests)


async def _remove_adviser(tx: Tx, member: UUID, requests: Sequence[UUID]) -> dict[UUID, str]:
    asked = await tx.fetch(
        "DELETE FROM proposal WHERE adviser = $1 AND request = ANY($2) RETURNING request, state",
        member,
        requests,
    )
    await _count_loss(tx, [row["request"] for row in asked if row["state"] in ("proposed", "accepted")])
    types: dict[UUID, str] = {}
    for request in await tx.fetch(
        "SELECT * FROM request WHERE request = ANY($1) OR request = ANY($2) AND adviser = $3",
        [row["request"] for row in asked],
        requests,
        member,
    ):
        state = await proposals.remove_adviser(tx, request, member)
        reopened = state == RequestState.REQUESTED != request["state"]
        types[request["request"]] = "MentorshipReopened" if reopened else announcements.TYPE_OF_STATE[state]
    return types


async def _count_loss(tx: Tx, requests: Sequence[UUID]) -> None:
    """So that the desk, or who agreed, hears of it: no message names the adviser any more."""
    await tx.execute(
        "UPDATE request SET lost_advisers = lost_advisers + 1 WHERE request = ANY($1) AND state <> 'ended'",
        requests,
    )


async def _remove_contact(tx: Tx, member: UUID, requests: Sequence[UUID]) -> dict[UUID, str]:
    await tx.execute(
        "UPDATE proposal SET contact = NULL WHERE contact = $1 AND request = ANY($2)", member, requests
    )
    rows = await tx.fetch(
        "UPDATE request SET contact = NULLIF(contact, $1), contacts = array_remove(contacts, $1)"
        " WHERE request = ANY($2) AND (contact = $1 OR contacts @> ARRAY[$1]) RETURNING request, state",
        member,
        requests,
    )
    return {row["request"]: announcements.TYPE_OF_STATE[row["state"]] for row in rows}


async def _end_own_requests(tx: Tx, member: UUID, requests: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch(
        "UPDATE request SET state = 'ended', requester = NULL, question = NULL, contact = NULL, contacts = '{}',"
        " adviser = NULL WHERE request = ANY($2) AND requester = $1 RETURNING request",
        member,
        requests,
    )
    ended = [row["request"] for row in rows]
    await tx.execute("DELETE FROM proposal WHERE request = ANY($1)", ended)
    return dict.fromkeys(ended, "MentorshipEnded")
