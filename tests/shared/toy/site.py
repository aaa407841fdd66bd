"""The pages of the toy service."""

from pathlib import Path

from shared.contracts.model import N_
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={
        "added": N_("The tally was added."),
        "removed": lambda texts, num: texts.ngettext(
            "The tally with %(num)s count was removed.", "The tally with %(num)s counts was removed.", num
        ),
    },
    refusals={"tally-known": N_("There is a tally of this name already. Choose another name.")},
)
