"""Erasure: removes a member from desks, requests, proposals and advisers.

Locks are taken in the order of all other handlers: persons, desks, requests, advisers, each by its key.
"""

from collections.abc import Sequence
from uuid import UUID

from services.matching.advisers import availability
from services.matching.proposals import proposals
from services.matching.replicas import members
from services.matching.requests import announcements, routing
from shared.contracts.catalogue import MATCHING_ERASURE
from shared.contracts.matching import RequestState
from shared.contracts.members import Erasure, Profile
from shared.messaging import erasure
from shared.messaging.consumer.routes import for_each
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime import attempts, kept_answers


async def handle_erasures(tx: Tx, messages: Sequence[Message[Erasure]]) -> None:
    """Erase whom these orders name, and report it. An order that comes again is reported again."""
    await erase_members(tx, messages)
    await erasure.report_erasures(tx, MATCHING_ERASURE, messages)


async def apply_profiles(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Update the replica of profiles. What is asked of who doesn't advise any more lapses; a tombstone erases the
    member as an order does."""
    gone = [message for message in messages if message.data is None]
    if gone:
        await erase_members(tx, gone)
    await members.project_profiles(tx, messages)
    await availability.queue_check(tx, [m.data.member for m in messages if m.data and not m.data.advises])


async def erase_members(tx: Tx, messages: Sequence[Message[Profile]] | Sequence[Message[Erasure]]) -> None:
    """Erase the members whom these messages name: orders, or tombstones of profiles. A repeat changes nothing."""
    named = {UUID(message.key): message for message in messages}
    known = await members.erase_profiles(tx, list(named))
    await erasure.erase_parked(tx, [str(member) for member in named])
    await kept_answers.erase_answers(tx, list(named))
    await _lock_rows(tx, known)
    await for_each(lambda tx, message: _erase_member(tx, UUID(message.key)))(tx, [named[m] for m in known])


async def _erase_member(tx: Tx, member: UUID) -> None:
    """Remove one member whose rows are locked.

    The member's requests keep only what their public message says; their message with persons becomes a tombstone.
    Requests in which the member advised or was asked go on without; an agreed mentorship ends.
    """
    types = await _remove_from_desks(tx, member)
    types |= await _remove_as_adviser(tx, member)
    types |= await _remove_as_contact(tx, member)
    types |= await _end_own_requests(tx, member)
    await erasure.erase_messages(tx, [str(member)])
    await announcements.announce_changes(tx, types)


async def _lock_rows(tx: Tx, members: Sequence[UUID]) -> None:
    await routing.lock_desks_of(tx, members)
    await tx.execute(
        """
        SELECT FROM request WHERE requester = ANY($1) OR contact = ANY($1) OR contacts && $1::uuid[]
            OR request IN (SELECT request FROM proposal WHERE adviser = ANY($1) OR contact = ANY($1))
        ORDER BY request FOR UPDATE""",
        members,
    )
    await tx.execute("SELECT FROM adviser WHERE member = ANY($1) ORDER BY member FOR UPDATE", members)


async def _remove_from_desks(tx: Tx, member: UUID) -> dict[UUID, str]:
    left = await tx.fetch(
        "UPDATE desk SET contacts = array_remove(contacts, $1), deputies = array_remove(deputies, $1)"
        " WHERE $1 = ANY(contacts) OR $1 = ANY(deputies) RETURNING region",
        member,
    )
    types: dict[UUID, str] = {}
    for row in left:
        types |= await routing.hand_over_requests(tx, row["region"])
    return types


async def _remove_as_adviser(tx: Tx, member: UUID) -> dict[UUID, str]:
    await tx.execute("DELETE FROM adviser WHERE member = $1", member)
    await tx.execute("DELETE FROM lapsing WHERE member = $1", member)
    await attempts.forget_item(tx, str(member))
    asked = await tx.fetch("DELETE FROM proposal WHERE adviser = $1 RETURNING request, state", member)
    await _count_loss(tx, [row["request"] for row in asked if row["state"] in ("proposed", "accepted")])
    types: dict[UUID, str] = {}
    for request in await tx.fetch(
        "SELECT * FROM request WHERE request = ANY($1) OR adviser = $2",
        [row["request"] for row in asked],
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


async def _remove_as_contact(tx: Tx, member: UUID) -> dict[UUID, str]:
    await tx.execute("UPDATE proposal SET contact = NULL WHERE contact = $1", member)
    rows = await tx.fetch(
        "UPDATE request SET contact = NULLIF(contact, $1), contacts = array_remove(contacts, $1)"
        " WHERE contact = $1 OR contacts @> ARRAY[$1] RETURNING request, state",
        member,
    )
    return {row["request"]: announcements.TYPE_OF_STATE[row["state"]] for row in rows}


async def _end_own_requests(tx: Tx, member: UUID) -> dict[UUID, str]:
    rows = await tx.fetch(
        "UPDATE request SET state = 'ended', requester = NULL, question = NULL, contact = NULL, contacts = '{}',"
        " adviser = NULL WHERE requester = $1 RETURNING request",
        member,
    )
    ended = [row["request"] for row in rows]
    await tx.execute("DELETE FROM proposal WHERE request = ANY($1)", ended)
    return dict.fromkeys(ended, "MentorshipEnded")
