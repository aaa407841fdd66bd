"""The pages of notifications: their texts and templates."""

from pathlib import Path

from shared.contracts.model import N_
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={"resent": N_("It is sent again now.")},
    refusals={
        "not-failed": N_("This hasn't failed, is sent again already, or has no text."),
        "delivery-unknown": N_("There is no such delivery, or it isn't yours to see."),
        "organisation-unknown": N_("There is no such organisation, or it isn't yours."),
    },
)
