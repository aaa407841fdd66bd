"""What goes out about requests: one message without persons for all, one with them for the other services."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from shared.contracts import catalogue
from shared.contracts.matching import Mentorship, Proposal, Request, RequestState
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

TYPES: Mapping[str, str] = {
    RequestState.REQUESTED: "MentorshipRequested",
    RequestState.PROPOSED: "AdviserProposed",
    RequestState.ACCEPTED: "ProposalAccepted",
    RequestState.AGREED: "MentorshipAgreed",
    RequestState.ENDED: "MentorshipEnded",
}


async def announce(tx: Tx, types: Mapping[UUID, str]) -> None:
    """Raise the version of these requests, which `tx` has locked, and tell what happened to each.

    One whose requester was erased leaves a tombstone in the place of the message with persons.
    """
    if not types:
        return
    rows = await tx.fetch(
        "UPDATE request SET version = version + 1, changed_at = now() WHERE request = ANY($1) RETURNING *",
        list(types),
    )
    await outbox.put_all(tx, await _messages(tx, rows, types))


async def told(tx: Tx, requests: Sequence[UUID]) -> Sequence[Outgoing]:
    """What is told of these requests as they are."""
    rows = await tx.fetch("SELECT * FROM request WHERE request = ANY($1) ORDER BY request", requests)
    return await _messages(tx, rows, {row["request"]: TYPES[row["state"]] for row in rows})


async def _messages(tx: Tx, rows: Sequence[asyncpg.Record], types: Mapping[UUID, str]) -> Sequence[Outgoing]:
    proposals = await _proposals(tx, list(types))
    messages: list[Outgoing] = []
    for row in rows:
        request, version = row["request"], row["version"]
        key, type = str(request), types[request]
        whole = _mentorship(row, proposals.get(request, ())) if row["requester"] else None
        messages.append(Outgoing(catalogue.REQUEST, key, type, version, Request.model_validate(dict(row))))
        messages.append(
            Outgoing(catalogue.MENTORSHIP, key, type if whole else "MentorshipErased", version, whole)
        )
    return messages


async def _proposals(tx: Tx, requests: Sequence[UUID]) -> dict[UUID, list[Proposal]]:
    rows = await tx.fetch(
        "SELECT request, proposal, adviser, score, reasons, state FROM proposal"
        " WHERE request = ANY($1) ORDER BY proposal",
        requests,
    )
    found: dict[UUID, list[Proposal]] = {}
    for row in rows:
        found.setdefault(row["request"], []).append(Proposal.model_validate(dict(row)))
    return found


def _mentorship(row: asyncpg.Record, proposals: Sequence[Proposal]) -> Mentorship:
    return Mentorship.model_validate({**row, "proposals": proposals})
