"""What lists of offers are asked for by their addresses: filters, view and page, and addresses near them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.events.offers.offer_filter import OfferFilter
from services.events.offers.rules import LifecycleState
from shared.contracts.events import Mode
from shared.contracts.model import Slug
from shared.runtime.vocabulary_types import Kind, KnownCountry, KnownLanguage, Theme, WorldRegion
from shared.web.query import PageQuery

FILTER_GROUPS = ("region", "country", "organisation", "theme", "kind", "mode", "language", "month")
MOST_VALUES = 50
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")

View = Literal["list", "months", "countries"]
VIEWS: tuple[View, ...] = get_args(View)
CodeT = TypeVar("CodeT")


def _drop_repeated(codes: tuple[CodeT, ...]) -> tuple[CodeT, ...]:
    return tuple(dict.fromkeys(codes))


def _clean_question(question: str) -> str:
    return _CONTROLS.sub(" ", question).strip()


Codes = Annotated[tuple[CodeT, ...], Field(max_length=MOST_VALUES), AfterValidator(_drop_repeated)]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Question = Annotated[str, StringConstraints(max_length=200), AfterValidator(_clean_question)]


class OfferFilterQuery(BaseModel):
    """The filters that the API, the pages and the feeds share: OR within a group, AND between groups.

    `month` is YYYY-MM in the offer's own time, `q` are words that must all be there, `places_left` leaves out what
    is full or closed.
    """

    model_config = ConfigDict(frozen=True)

    region: Codes[WorldRegion] = ()
    country: Codes[KnownCountry] = ()
    organisation: Codes[Slug] = ()
    theme: Codes[Theme] = ()
    kind: Codes[Kind] = ()
    mode: Codes[Mode] = ()
    language: Codes[KnownLanguage] = ()
    month: Codes[Month] = ()
    places_left: bool = False
    q: Question = ""

    def values_of(self, group: str) -> tuple[str, ...]:
        """The values that are chosen in one of `FILTER_GROUPS`."""
        chosen: tuple[str, ...] = getattr(self, group)
        return chosen

    def build_filter(self, ends_after: datetime | None, *states: LifecycleState) -> OfferFilter:
        """The filter for offers in `states` that aren't over by `ends_after`."""
        return OfferFilter(
            **{group: self.values_of(group) for group in FILTER_GROUPS},
            q=self.q,
            places_left=self.places_left,
            state=states,
            ends_after=ends_after,
        )


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """One filter that is set: a value of a group, or `q`, or `places_left`."""

    group: str
    value: str


class OfferQuery(OfferFilterQuery, PageQuery):
    """What the overview and the feeds are asked for. Feeds take `view` and `page` as well, and need neither."""

    view: View = "list"
    page: Annotated[int, Field(ge=1, le=9999)] = 1

    @property
    def active_filters(self) -> list[ActiveFilter]:
        """The filters that are set, in the order of the page."""
        active = [ActiveFilter(group, value) for group in FILTER_GROUPS for value in self.values_of(group)]
        if self.places_left:
            active.append(ActiveFilter("places_left", "1"))
        if self.q:
            active.append(ActiveFilter("q", self.q))
        return active

    def without(self, active: ActiveFilter) -> Self:
        """The same without one value."""
        if active.group not in FILTER_GROUPS:
            return self.without_group(active.group)
        left = tuple(value for value in self.values_of(active.group) if value != active.value)
        return self.model_copy(update={active.group: left, "page": 1})

    def without_group(self, group: str) -> Self:
        """The same without all values of a group, or without `q` or `places_left`."""
        return self.model_copy(update={group: type(self).model_fields[group].default, "page": 1})

    def without_filters(self) -> Self:
        """The same view of all offers."""
        return type(self)().model_copy(update={"view": self.view, "lang": self.lang})

    def with_group_only(self, group: str) -> Self:
        """The same view with the filters of one group alone."""
        return self.without_filters().model_copy(update={group: getattr(self, group)})

    def choose(self, **groups: str) -> Self:
        """The list with one value chosen in each of `groups`, whatever was chosen there."""
        chosen = {group: (value,) for group, value in groups.items()}
        return self.model_copy(update={**chosen, "view": VIEWS[0], "page": 1})

    def in_view(self, view: View) -> Self:
        """The same offers in another view."""
        return self.model_copy(update={"view": view, "page": 1})

    def on_page(self, page: int) -> Self:
        """Another page of the same list."""
        return self.model_copy(update={"page": page})

    def build_feed_link(self, path: str) -> str:
        """The address of a feed of the same offers."""
        return self.in_view(VIEWS[0]).build_link(path)
