"""What a page or feed is asked for by its address: filters, view, page and language, and addresses near it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from services.events.offers.offer_filter import Filter
from services.events.offers.rules import State
from shared.i18n.texts import LANGUAGES, preferred

GROUPS = ("region", "country", "organisation", "theme", "kind", "mode", "language", "month")
VIEWS = ("list", "months", "countries")
MOST_VALUES = 50
LONGEST_QUESTION = 200
_VALUE = re.compile(r"[A-Za-z0-9-]{1,80}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Active:
    """One filter that is set: a value of a group, or `q`, or `places_left`."""

    group: str
    value: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for. `said` is the language if the address names one; links keep it then."""

    groups: Mapping[str, tuple[str, ...]]
    q: str
    places_left: bool
    view: str
    page: int
    language: str
    said: bool

    def filter(self, ends_after: datetime | None, *states: State) -> Filter:
        """The filter for offers in `states` that aren't over by `ends_after`."""
        return Filter(
            **self.groups, q=self.q, places_left=self.places_left, state=states, ends_after=ends_after
        )

    @property
    def active(self) -> list[Active]:
        """The filters that are set, in the order of the page."""
        values = [Active(group, value) for group in GROUPS for value in self.groups.get(group, ())]
        return (
            values
            + ([Active("places_left", "1")] if self.places_left else [])
            + ([Active("q", self.q)] if self.q else [])
        )

    def without(self, active: Active) -> "Selection":
        """The same without one value."""
        left = tuple(v for v in self.groups.get(active.group, ()) if v != active.value)
        return self._with(active.group, left)

    def without_group(self, group: str) -> "Selection":
        """The same without all values of a group."""
        return self._with(group, ())

    def with_only(self, group: str) -> "Selection":
        """The same view with the filters of one group alone."""
        cleared = self.cleared()
        if group == "q":
            return replace(cleared, q=self.q)
        if group == "places_left":
            return replace(cleared, places_left=True)
        return replace(cleared, groups={group: self.groups[group]})

    def only(self, **groups: str) -> "Selection":
        """The same list with one value chosen in each of `groups`, whatever was chosen there."""
        chosen = {group: (value,) for group, value in groups.items()}
        return replace(self, groups={**self.groups, **chosen}, view="list", page=1)

    def cleared(self) -> "Selection":
        """The same view without any filter."""
        return replace(self, groups={}, q="", places_left=False, page=1)

    def seen_as(self, view: str) -> "Selection":
        """The same offers in another view."""
        return replace(self, view=view, page=1)

    def turned_to(self, page: int) -> "Selection":
        """Another page of the same list."""
        return replace(self, page=page)

    def spoken(self, language: str) -> "Selection":
        """The same in another language, which the address then names."""
        return replace(self, language=language, said=True)

    def address(self, path: str = "/") -> str:
        """The address of this selection; defaults are left out, so that equal selections have equal addresses."""
        query = urlencode(list(self._query(with_view=path == "/")))
        return f"{path}?{query}" if query else path

    def _with(self, group: str, left: tuple[str, ...]) -> "Selection":
        if group == "q":
            return replace(self, q="", page=1)
        if group == "places_left":
            return replace(self, places_left=False, page=1)
        return replace(self, groups={**self.groups, group: left}, page=1)

    def _query(self, with_view: bool) -> Iterator[tuple[str, str]]:
        yield from ((active.group, active.value) for active in self.active)
        if with_view and self.view != VIEWS[0]:
            yield "view", self.view
        if with_view and self.page > 1:
            yield "page", str(self.page)
        if self.said:
            yield "lang", self.language


def asked(query: QueryParams, accepted: str) -> Selection:
    """What the query of an address asks for; what can't be a value is left out, never an error."""
    said = query.get("lang")
    page = query.get("page", "")
    view = query.get("view", "")
    return Selection(
        groups={group: found for group in GROUPS if (found := _values(query, group))},
        q=_CONTROLS.sub(" ", query.get("q", ""))[:LONGEST_QUESTION].strip(),
        places_left=query.get("places_left") in ("1", "true"),
        view=view if view in VIEWS else VIEWS[0],
        page=int(page) if re.fullmatch(r"[1-9][0-9]{0,3}", page) else 1,
        language=preferred(said, accepted),
        said=said in LANGUAGES,
    )


def _values(query: QueryParams, group: str) -> tuple[str, ...]:
    given = dict.fromkeys(value for value in query.getlist(group) if _VALUE.fullmatch(value))
    return tuple(given)[:MOST_VALUES]
