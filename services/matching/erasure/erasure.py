"""Erasure: removes a member from persons, desks and advisers, and from a first page of the requests that name them.

Locks are taken in the order of all other handlers: persons, desks, requests, advisers, each by its key.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.matching.advisers import availability
from services.matching.erasure import erasing, named_requests
from services.matching.erasure.named_requests import NamedRequests
from services.matching.replicas import members
from services.matching.requests import announcements, routing
from shared.contracts.catalogue import MATCHING_DISCLOSURE, MATCHING_ERASURE
from shared.contracts.members import Erasure, Profile
from shared.messaging import erasure
from shared.messaging.consumer.routes import for_each
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime import attempts, audit, kept_answers
from shared.runtime.disclosure import disclosing


async def handle_erasures(tx: Tx, messages: Sequence[Message[Erasure]]) -> None:
    """Erase whom these orders name, and report who is erased: for the others the worker does, when it is done. An
    order that comes again is reported again."""
    await erase_members(tx, messages)
    unfinished = await erasing.note_orders(tx, messages)
    done = [message for message in messages if UUID(message.key) not in unfinished]
    await erasure.report_erasures(tx, MATCHING_ERASURE, done)


async def apply_profiles(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Update the replica of profiles. What is asked of who doesn't advise any more lapses; a tombstone erases the
    member as an order does."""
    gone = [message for message in messages if message.data is None]
    if gone:
        await erase_members(tx, gone)
    await members.project_profiles(tx, messages)
    await availability.queue_check(tx, [m.data.member for m in messages if m.data and not m.data.advises])


async def erase_members(tx: Tx, messages: Sequence[Message[Profile]] | Sequence[Message[Erasure]]) -> None:
    """Erase the members whom these messages name: orders, or tombstones of profiles. A repeat changes nothing.

    Nothing here is read or published with them from now on. Where more requests name them than a page, the worker
    goes on.
    """
    named = {UUID(message.key): message for message in messages}
    known = await members.erase_profiles(tx, list(named))
    await erasure.erase_parked(tx, [str(member) for member in named])
    await kept_answers.erase_answers(tx, list(named))
    await audit.erase_persons(tx, list(named))
    await disclosing.forget_members(tx, list(named), MATCHING_DISCLOSURE)
    pages = await _lock_rows(tx, known)
    await erasing.note_unfinished(tx, [named[member] for member in known if pages[member].has_more])

    async def erase_member(tx: Tx, message: Message[Any]) -> None:
        member = UUID(message.key)
        await _erase_member(tx, member, pages[member].requests)

    await for_each(erase_member)(tx, [named[member] for member in known])


async def _lock_rows(tx: Tx, members: Sequence[UUID]) -> Mapping[UUID, NamedRequests]:
    """Lock what is changed for these members, and return the requests of the first page by member."""
    await routing.lock_desks_of(tx, members)
    pages = await named_requests.find_first_page(tx, members)
    await named_requests.lock_requests(tx, {one for page in pages.values() for one in page.requests})
    await tx.execute("SELECT FROM adviser WHERE member = ANY($1) ORDER BY member FOR UPDATE", members)
    return pages


async def _erase_member(tx: Tx, member: UUID, requests: Sequence[UUID]) -> None:
    """Remove one member, whose rows are locked, from desks and advisers, and from these requests."""
    types = await _remove_from_desks(tx, member)
    await _remove_adviser(tx, member)
    types |= await named_requests.remove_member(tx, member, requests)
    await erasure.erase_messages(tx, [str(member)])
    await announcements.announce_changes(tx, types)


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


async def _remove_adviser(tx: Tx, member: UUID) -> None:
    await tx.execute("DELETE FROM adviser WHERE member = $1", member)
    await tx.execute("DELETE FROM lapsing WHERE member = $1", member)
    await attempts.forget_item(tx, str(member))
