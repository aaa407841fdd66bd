"""Pure decisions: what is left of a request that loses an adviser, or anyone else in it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

# How long whoever is next in each state has: the desk, the advisers who are asked, the requester.
_DAYS_TO_ANSWER = {"requested": 7, "proposed": 7, "accepted": 14}


def find_deadline(state: str, changed_at: datetime) -> datetime | None:
    """Until when whoever is next is expected to answer, counted from the last change; None if nobody is."""
    days = _DAYS_TO_ANSWER.get(state)
    return changed_at + timedelta(days) if days else None


def state_without_adviser(state: str, *, advised: bool, proposals_left: int) -> str:
    """The state of a request after one of its advisers declined or was erased.

    `advised`: this adviser had accepted. An agreed mentorship ends with its adviser; before that the desk
    looks again, or waits for the other proposals.
    """
    if state == "agreed" and advised:
        return "ended"
    if state == "proposed" or (state == "accepted" and advised):
        return "proposed" if proposals_left else "requested"
    return state


def leave_out_members(request: Mapping[str, Any], erased: Collection[UUID]) -> dict[str, Any]:
    """The request's row as it will be when these members are removed from it.

    Without its requester it has ended, and nobody is in it.
    """
    if request["requester"] in erased:
        nobody = dict.fromkeys(("requester", "question", "contact", "adviser"))
        return {**request, **nobody, "contacts": [], "state": "ended"}
    left = {**request, "contacts": [one for one in request["contacts"] if one not in erased]}
    if request["contact"] in erased:
        left["contact"] = None
    if request["adviser"] in erased:
        left["adviser"] = None
        left["state"] = state_without_adviser(request["state"], advised=True, proposals_left=0)
    return left
