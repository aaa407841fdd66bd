"""Offers as they are stored, for laws that ask no database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.events.offers import rules
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import LifecycleState
from shared.contracts.events import Mode, Occurrence

NOW = datetime(2026, 12, 20, 11, tzinfo=UTC)


def build_offer(spans: Sequence[tuple[datetime, datetime]], zone: str, **changes: Any) -> StoredOffer:
    """An offer with these occurrences, which are local times of the zone. Raises `Refused` as a draft is refused."""
    pairs = [(starts.isoformat(), ends.isoformat()) for starts, ends in spans]
    moments = [moment for pair in pairs for moment in rules.resolve_span(*pair, zone)]
    values: dict[str, Any] = {
        "offer": uuid4(),
        "slug": "treffen",
        "organisation": "daad",
        "co_hosts": (),
        "kind": "summit",
        "title": "Treffen",
        "title_language": "de",
        "summary": "",
        "mode": Mode.HYBRID,
        "city": "Wien",
        "venue": None,
        "country": "AT",
        "region": "europe",
        "languages": ("de",),
        "themes": ("diplomacy",),
        "timezone": zone,
        "occurrences": tuple(Occurrence(starts=starts, ends=ends) for starts, ends in spans),
        "starts_at": min(moments),
        "ends_at": max(moments),
        "months": tuple(rules.list_touched_months(pairs)),
        "state": LifecycleState.PUBLISHED,
        "cancel_reason": None,
        "registration_closes": None,
        "places": None,
        "waiting_list": True,
        "registered": 0,
        "waiting": 0,
        "public_registered": 0,
        "public_waiting": 0,
        "version": 3,
        "changed_at": NOW,
        "revision": 1,
        "revised_at": NOW,
        "seen_at": NOW,
    }
    return StoredOffer.model_construct(**(values | changes))
