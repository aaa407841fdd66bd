"""The pages of the console: the same in each service."""

from pathlib import Path

from shared.contracts.model import N_
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={
        "replayed": lambda texts, applied, parked: texts.gettext(
            "Applied: %(applied)s keys. Still parked: %(parked)s.", applied=applied, parked=parked
        ),
        "dropped": lambda texts, num: texts.ngettext(
            "What waited under one key was given up.", "What waited under %(num)s keys was given up.", num
        ),
        "asked": N_("It was asked for. Here one sees how far it is."),
        "retried": lambda texts, num: texts.ngettext(
            "One item is tried again.", "%(num)s items are tried again.", num
        ),
    },
    refusals={
        "cause-unknown": N_("No key is parked for this any more."),
        "topic-unknown": N_("This can’t be asked for of this topic."),
    },
)
