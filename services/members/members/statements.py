"""What an organisation says of a member, and what becomes of it: a profile is filled where it says nothing, and asked
about where it says something else; what the member is to the organisation is the organisation's own. Pure."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple
from unicodedata import normalize

from services.members.members.rules import AffiliationKey
from services.members.members.same_person import PersonName

# Of a profile. In which language mails come, and whether one advises, is the member's own to say.
SAID = (
    "given_name",
    "family_name",
    "origin",
    "residence",
    "posting",
    "languages",
    "themes",
    "regions",
    "branch",
)
SEVERAL = frozenset({"languages", "themes", "regions"})
MOST_TERMS = 30


class AffiliationFacts(NamedTuple):
    """What an organisation says of an affiliation; None says nothing."""

    cohort: int | None = None
    completed_on: date | None = None
    reference: str | None = None

    def updated(self, said: "AffiliationFacts") -> "AffiliationFacts":
        """These facts, and what is said now."""
        return self._replace(**{name: new for name, new in said._asdict().items() if new is not None})


class Statement(NamedTuple):
    """What a row of a list, a form or a request says; of the profile only what it names."""

    name: PersonName
    affiliation: AffiliationKey
    facts: AffiliationFacts
    profile: Mapping[str, Any]


class Effect(NamedTuple):
    """What a statement changes: fields that were empty, fields about which the member is asked, and the facts of the
    affiliation as they are then, None if they stay."""

    filled: Mapping[str, Any] = {}
    suggested: Mapping[str, Any] = {}
    facts: AffiliationFacts | None = None


def compare_profile(profile: Mapping[str, Any], said: Mapping[str, Any]) -> Effect:
    """What becomes of a statement about a profile; of several terms those are suggested that it lacks."""
    named = {field: value for field, value in said.items() if value and field not in PersonName._fields}
    filled = {field: value for field, value in named.items() if not profile[field]}
    suggested = {
        field: find_lacking(profile, field, value)
        for field, value in named.items()
        if field not in filled and not is_met(profile, field, value)
    }
    return Effect(filled, suggested | _compare_names(profile, said))


def is_met(profile: Mapping[str, Any], field: str, value: Any) -> bool:
    """Whether the profile says this already."""
    return set(value) <= set(profile[field]) if field in SEVERAL else bool(profile[field] == value)


def find_lacking(profile: Mapping[str, Any], field: str, value: Any) -> Any:
    """What of this the profile doesn't say."""
    return (
        [each for each in dict.fromkeys(value) if each not in profile[field]] if field in SEVERAL else value
    )


def take_value(profile: Mapping[str, Any], field: str, value: Any) -> Any:
    """What the field says once this was taken: of several terms those that it had, too, as many as it may have."""
    return [*profile[field], *find_lacking(profile, field, value)][:MOST_TERMS] if field in SEVERAL else value


def _compare_names(profile: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Names are suggested where both are said, as one may be undivided, and where it isn't their order alone."""
    names = {field: said.get(field) or "" for field in PersonName._fields}
    if not all(names.values()) or _fold(names) == _fold(profile):
        return {}
    return {field: name for field, name in names.items() if name != profile[field]}


def _fold(names: Mapping[str, Any]) -> Collection[str]:
    return sorted(
        normalize("NFKC", " ".join(str(names[field] or "") for field in PersonName._fields))
        .casefold()
        .split()
    )
