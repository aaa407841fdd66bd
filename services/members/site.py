"""The pages of members: their texts and templates."""

from pathlib import Path

from shared.contracts.model import N_
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={
        "signed-out": N_("You have signed out."),
        "signed-out-everywhere": N_("You have signed out, on all your devices."),
        "address-added": N_("The address is yours now: you can sign in with it, too."),
    },
    refusals={
        "email-invalid": N_("This is no e-mail address."),
        "too-many-links": N_("This address was sent many links within an hour. Please try again later."),
        "address-of-another": N_("Somebody else has this address."),
        "another-site": N_("This was sent from a page of another site. Nothing was done."),
    },
)
