"""Departures: requests as they are read and published while members in them are being erased, page by page."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.requests import rules
from shared.postgres.pool import Tx

# A column for who in a row of `request` is being erased. Behind a lock it would tell of the time before the wait.
ERASED = """
ARRAY(SELECT member FROM erasing WHERE member = ANY(contacts || ARRAY[requester, contact, adviser])) AS erased"""


def leave_out_marked(request: asyncpg.Record) -> dict[str, Any]:
    """This row of a request, read with ERASED, without who is being erased."""
    return rules.leave_out_members(dict(request), request["erased"])


async def leave_out_erased(tx: Tx, requests: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    """These rows of requests without who is being erased."""
    named = {
        member
        for row in requests
        for member in (row["requester"], row["contact"], row["adviser"], *row["contacts"])
        if member
    }
    erased = await _find_erased(tx, named)
    return [rules.leave_out_members(dict(row), erased) for row in requests]


async def leave_out_proposals(tx: Tx, proposals: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    """Those of these rows of proposals whose adviser isn't being erased, without a contact person who is."""
    named = {member for row in proposals for member in (row["adviser"], row["contact"]) if member}
    erased = await _find_erased(tx, named)
    return [
        {**row, "contact": None if row["contact"] in erased else row["contact"]}
        for row in proposals
        if row["adviser"] not in erased
    ]


async def _find_erased(tx: Tx, members: Iterable[UUID]) -> Collection[UUID]:
    rows = await tx.fetch("SELECT member FROM erasing WHERE member = ANY($1)", list(members))
    return {row["member"] for row in rows}
