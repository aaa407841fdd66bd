"""The texts of events, and what its codes are called in them."""

from pathlib import Path

from shared.contracts.events import Mode
from shared.i18n.texts import Domain, Texts

DOMAIN = Domain(Path(__file__).parent)


def name_mode(mode: str, texts: Texts) -> str:
    """Where one takes part. Raises ValueError for what is no mode."""
    match Mode(mode):
        case Mode.ONSITE:
            return texts.gettext("On site")
        case Mode.HYBRID:
            return texts.gettext("On site and online")
        case Mode.ONLINE:
            return texts.gettext("Online")
