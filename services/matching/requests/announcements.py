"""The messages about requests with the persons in them, for the other services."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.requests import departures
from shared.contracts import catalogue
from shared.contracts.matching import Mentorship, Proposal, RequestState
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

# An erasure may concern as many as there are: so many are in memory, and hold the event loop, at once.
PAGE = 500

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
    changed = list(types)
    for start in range(0, len(changed), PAGE):
        rows = await tx.fetch(
            "UPDATE request SET version = version + 1, changed_at = now() WHERE request = ANY($1) RETURNING *",
            changed[start : start + PAGE],
        )
        await outbox.put_all(tx, await _build_for_rows(tx, rows, types))


async def build_messages(tx: Tx, requests: Sequence[UUID]) -> Sequence[Outgoing]:
    """The messages that publish these requests as they are."""
    rows = await tx.fetch("SELECT * FROM request WHERE request = ANY($1) ORDER BY request", requests)
    return await _build_for_rows(tx, rows, {row["request"]: TYPE_OF_STATE[row["state"]] for row in rows})


async def _build_for_rows(
    tx: Tx, rows: Sequence[asyncpg.Record], types: Mapping[UUID, str]
) -> Sequence[Outgoing]:
    proposals = await _fetch_proposals(tx, [row["request"] for row in rows])
    return [
        _build_message(row, types[row["request"]], proposals.get(row["request"], ()))
        for row in await departures.leave_out_erased(tx, rows)
    ]


def _build_message(row: Mapping[str, Any], type: str, proposals: Sequence[Proposal]) -> Outgoing:
    key, version = str(row["request"]), row["version"]
    if not row["requester"]:
        return Outgoing(catalogue.MENTORSHIP, key, "MentorshipErased", version, None)
    mentorship = Mentorship.model_validate({**row, "proposals": proposals})
    return Outgoing(catalogue.MENTORSHIP, key, type, version, mentorship)


async def _fetch_proposals(tx: Tx, requests: Sequence[UUID]) -> dict[UUID, list[Proposal]]:
    rows = await tx.fetch(
        "SELECT request, proposal, adviser, contact, score, reasons, state, lapse FROM proposal"
        " WHERE request = ANY($1) ORDER BY proposal",
        requests,
    )
    found: dict[UUID, list[Proposal]] = {}
    for row in await departures.leave_out_proposals(tx, rows):
        found.setdefault(row["request"], []).append(Proposal.model_validate(row))
    return found
