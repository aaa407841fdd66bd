"""The texts of events, and what its codes are called in them."""

from pathlib import Path

from shared.contracts.events import Mode
from shared.i18n.texts import Domain, Texts

DOMAIN = Domain(Path(__file__).parent)


def name_mode(mode: str, texts: Texts) -> str:
    """Where one takes part. Raises ValueError for what is no mode."""
    return {
        Mode.ONSITE: texts.gettext("On site"),
        Mode.HYBRID: texts.gettext("On site and online"),
        Mode.ONLINE: texts.gettext("Online"),
    }[Mode(mode)]
