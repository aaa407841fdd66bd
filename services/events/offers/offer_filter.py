"""Which offers to list: a filter, and the SQL condition that applies it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.events.offers.rules import LifecycleState
from services.events.search import build_like_patterns


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which offers to list: OR within a group, AND between groups; an empty group leaves all.

    `organisation` finds co-hosts too, `region` is one of the vocabulary's world regions, `month` is YYYY-MM in
    the offer's own time, `q` are words that must all be there, whatever their case and diacritics. `ends_after`
    leaves out what is over by then. `places_left` goes by the counts that the world was told.
    """

    organisation: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    month: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    q: str = ""
    places_left: bool = False
    state: tuple[LifecycleState, ...] = (LifecycleState.PUBLISHED,)
    ends_after: datetime | None = None

    @property
    def arguments(self) -> list[object]:
        """The values for `build_condition`, $1 and on."""
        return [
            [state for state in self.state if state is not LifecycleState.DRAFT],
            build_like_patterns(self.q) or None,
            self.places_left,
            self.ends_after,
            *(list(getattr(self, group)) or None for group in GROUP_VALUES),
        ]


GROUP_VALUES: Mapping[str, str] = {
    "organisation": "o.organisation || o.co_hosts",
    "country": "ARRAY[o.country]",
    "region": "ARRAY[o.region]",
    "theme": "o.themes",
    "month": "o.months",
    "kind": "ARRAY[o.kind]",
    "mode": "ARRAY[o.mode]",
    "language": "o.languages",
}
SOURCE = "offer o LEFT JOIN organisation h USING (organisation)"
ALWAYS_APPLIED = """o.state = ANY($1::text[])
    AND ($2::text[] IS NULL OR concat_ws(' ', o.search, h.search) LIKE ALL($2))
    AND (NOT $3::boolean OR o.state = 'published'
         AND (o.places IS NULL OR o.public_registered + o.public_waiting < o.places)
         AND (o.registration_closes IS NULL OR o.registration_closes > now()))
    AND ($4::timestamptz IS NULL OR o.ends_at > $4)"""
CONDITIONS: Mapping[str, str] = {
    group: f"(${number}::text[] IS NULL OR {values} && ${number})"
    for number, (group, values) in enumerate(GROUP_VALUES.items(), start=5)
}
NEXT_ARGUMENT = 5 + len(GROUP_VALUES)


def build_condition(groups: Iterable[str] = GROUP_VALUES) -> str:
    """The WHERE clause over `SOURCE` that applies these groups of a filter, with `OfferFilter.arguments`."""
    return " AND ".join([ALWAYS_APPLIED, *(CONDITIONS[group] for group in groups)])
