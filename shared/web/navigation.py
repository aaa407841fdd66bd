"""The one navigation of all services' pages: which entries a visitor finds in it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from shared.access.principal import Principal
from shared.contracts.members import MandateRole
from shared.i18n.texts import Texts

ORGANISATIONS = "organisations"


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A link, or a menu of links if it has `entries`; `here` is what a page calls its part of the navigation."""

    here: str
    label: str
    url: str
    entries: Sequence["NavigationEntry"] = ()


def build_navigation(
    visitor: Principal | None, texts: Texts, link: Callable[[str], str], names: Mapping[str, str]
) -> Sequence[NavigationEntry]:
    """The entries for this visitor; `names` are those of organisations, which else are called by their slugs."""
    entries = [NavigationEntry("offers", texts.gettext("Offers"), link("/"))]
    if visitor is None:
        return entries
    entries.append(NavigationEntry("advice", texts.pgettext("navigation", "Advice"), link("/advice")))
    entries.append(NavigationEntry("me", texts.gettext("My page"), link("/me")))
    entries += _list_organisations(visitor, texts, link, names)
    if visitor.is_operator:
        entries.append(NavigationEntry("console", texts.gettext("Console"), link("/console")))
    return entries


def name_navigation(visitor: Principal | None, names: Mapping[str, str]) -> Hashable:
    """Equal for visitors who find the same entries."""
    if visitor is None:
        return None
    called = tuple((slug, names.get(slug, slug)) for slug in sorted(_coordinated(visitor)))
    return called, visitor.is_operator


def _list_organisations(
    visitor: Principal, texts: Texts, link: Callable[[str], str], names: Mapping[str, str]
) -> Sequence[NavigationEntry]:
    entries = [
        NavigationEntry(ORGANISATIONS, names.get(slug, slug), link(f"/organisations/{slug}"))
        for slug in _coordinated(visitor)
    ]
    entries.sort(key=lambda entry: entry.label.casefold())
    if len(entries) > 1:
        return [NavigationEntry(ORGANISATIONS, texts.gettext("My organisations"), "", entries)]
    return [NavigationEntry(ORGANISATIONS, texts.gettext("My organisation"), entry.url) for entry in entries]


def _coordinated(visitor: Principal) -> frozenset[str]:
    return visitor.organisations(MandateRole.COORDINATOR)
