"""Which page a notification leads to: the one where what it asks for is done."""

from collections.abc import Mapping
from typing import Any

from services.notifications.deliveries.kinds import Kind

_OWN_REGISTRATION = frozenset({Kind.REGISTERED, Kind.WAITLISTED, Kind.MOVED_UP, Kind.OFFER_CHANGED})
_AT_DESK = frozenset({Kind.REQUEST_RECEIVED, Kind.PROPOSAL_DECLINED, Kind.ADVISER_UNAVAILABLE})
_IN_REQUEST = frozenset({Kind.ADVISER_ASKED, Kind.ADVISER_ACCEPTED, Kind.MENTORSHIP_AGREED})


def find_page(kind: Kind, facts: Mapping[str, Any], slug: str | None) -> str:
    """The path of the page, which sends on to sign in and back whoever has to. `slug` is the offer's, if it is about
    one. Where `facts` lack an id, as of deliveries that are older than pages, it is the list in which that thing is."""
    if kind is Kind.INVITATION:
        return "/sign-in?return=%2Fme"
    if kind in _OWN_REGISTRATION:
        return _name_one("/me/registrations", "/me/registrations", facts.get("registration"))
    if slug is not None:
        return f"/events/{slug}"
    if kind in _AT_DESK:
        return _name_one("/advice/desk", "/advice/desk", facts.get("request"))
    # Who isn't asked any more doesn't find the request.
    asked = facts.get("request") if kind in _IN_REQUEST else None
    return _name_one("/advice", "/advice/requests", asked)


def _name_one(all_of_them: str, folder: str, id: str | None) -> str:
    return all_of_them if id is None else f"{folder}/{id}"
