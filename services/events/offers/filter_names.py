"""What people call the filters of a list, and their values."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from services.events.offers.query import ActiveFilter
from services.events.texts import name_mode
from shared.contracts.vocabulary import term_name
from shared.i18n.dates import get_date_formatter
from shared.i18n.texts import Texts


class FilterNames:
    """Names the values of filters in one language."""

    def __init__(self, texts: Texts, names: Mapping[str, str]) -> None:
        self._texts = texts
        self._dates = get_date_formatter(texts.language)
        self._names = names

    def name_group(self, group: str) -> str:
        """What a person calls a group, or `q` or `places_left`."""
        return {
            "places_left": self._texts.gettext("Places left"),
            "region": self._texts.gettext("Region"),
            "country": self._texts.gettext("Country"),
            "organisation": self._texts.gettext("Organisation"),
            "theme": self._texts.gettext("Theme"),
            "kind": self._texts.gettext("Kind"),
            "mode": self._texts.gettext("Mode"),
            "language": self._texts.gettext("Language"),
            "month": self._texts.gettext("Month"),
            "q": self._texts.gettext("Search"),
        }[group]

    def name_value(self, active: ActiveFilter) -> str:
        """What a person calls this value; the value itself where there is no name."""
        if active.group == "organisation":
            return self._names.get(active.value, active.value)
        if active.group == "month":
            return self._dates.format_month(date.fromisoformat(f"{active.value}-01"))
        if active.group in ("q", "places_left"):
            return active.value
        if active.group == "mode":
            return name_mode(active.value, self._texts)
        return term_name(active.group, active.value, self._texts.language)

    def describe(self, chosen: Sequence[ActiveFilter]) -> str:
        """Region: Europe, Asia; or Places left. `chosen` are of one group."""
        group = self.name_group(chosen[0].group)
        if chosen[0].group == "places_left":
            return group
        return f"{group}: {', '.join(self.name_value(active) for active in chosen)}"

    def describe_all(self, active: Sequence[ActiveFilter]) -> str:
        """Region: Europe, Asia · Places left; `active` are in the order of their groups."""
        return " · ".join(
            self.describe(list(chosen)) for _, chosen in groupby(active, key=lambda one: one.group)
        )
