"""The messages about requests: a public one without persons, and one with them for the other services."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from shared.contracts import catalogue
from shared.contracts.matching import Mentorship, Proposal, Request, RequestState
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

TYPE_OF_STATE: Mapping[str, str] = {
    RequestState.REQUESTED: "MentorshipRequested",
    RequestState.PROPOSED: "AdviserProposed",
    RequestState.ACCEPTED: "ProposalAccepted",
    RequestState.AGREED: "MentorshipAgreed",
    RequestState.ENDED: "MentorshipEnded",
}


async def announce_changes(tx: Tx, types: Mapping[UUID, str]) -> None:
    """Raise the version of these requests, which `tx` has locked, and publish each with its message type.

    One whose requester was erased gets a tombstone instead of the message with persons.
    """
    if not types:
        return
    rows = await tx.fetch(
        "UPDATE request SET version = version + 1, changed_at = now() WHERE request = ANY($1) RETURNING *",
        list(types),
    )
    await outbox.put_all(tx, await _build_for_rows(tx, rows, types))


async def build_messages(tx: Tx, requests: Sequence[UUID]) -> Sequence[Outgoing]:
    """The messages that publish these requests as they are."""
    rows = await tx.fetch("SELECT * FROM request WHERE request = ANY($1) ORDER BY request", requests)
    return await _build_for_rows(tx, rows, {row["request"]: TYPE_OF_STATE[row["state"]] for row in rows})


async def _build_for_rows(
    tx: Tx, rows: Sequence[asyncpg.Record], types: Mapping[UUID, str]
) -> Sequence[Outgoing]:
    proposals = await _fetch_proposals(tx, list(types))
    messages: list[Outgoing] = []
    for row in rows:
        request, version = row["request"], row["version"]
        key, type = str(request), types[request]
        mentorship = _build_mentorship(row, proposals.get(request, ())) if row["requester"] else None
        messages.append(Outgoing(catalogue.REQUEST, key, type, version, Request.model_validate(dict(row))))
        messages.append(
            Outgoing(
                catalogue.MENTORSHIP, key, type if mentorship else "MentorshipErased", version, mentorship
            )
        )
    return messages


async def _fetch_proposals(tx: Tx, requests: Sequence[UUID]) -> dict[UUID, list[Proposal]]:
    rows = await tx.fetch(
        "SELECT request, proposal, adviser, score, reasons, state, lapse FROM proposal"
        " WHERE request = ANY($1) ORDER BY proposal",
        requests,
    )
    found: dict[UUID, list[Proposal]] = {}
    for row in rows:
        found.setdefault(row["request"], []).append(Proposal.model_validate(dict(row)))
    return found


def _build_mentorship(row: asyncpg.Record, proposals: Sequence[Proposal]) -> Mentorship:
    return Mentorship.model_validate({**row, "proposals": proposals})
