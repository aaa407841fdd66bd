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
        "profile-changed": N_("Your profile was changed. The whole network has it in a moment."),
        "address-asked": N_(
            "If nobody else has this address, a link is on its way to it. Open it in this browser."
        ),
        "address-primary": N_("Mails go to this address from now on."),
        "address-removed": N_("The address was removed. Nobody can sign in with it any more."),
        "left": N_("You have left the network. What is stored about you is being removed everywhere."),
    },
    refusals={
        "email-invalid": N_("This is no e-mail address."),
        "too-many-links": N_("This address was sent many links within an hour. Please try again later."),
        "issuer-unknown": N_("Nobody signs in here with this issuer."),
        "issuer-away": N_("Whoever signs you in there doesn't answer at the moment. Please try again."),
        "sign-in-denied": N_("The sign-in was broken off there. Try again, or in another way."),
        "sign-in-stale": N_("This sign-in began in another browser or too long ago. Please begin again."),
        "sign-in-refused": N_(
            "What came from there doesn't count here, so you aren't signed in. Please try again."
        ),
        "address-unverified": N_(
            "Your e-mail address isn't confirmed there. Confirm it there first, then sign in."
        ),
        "address-of-another": N_("Somebody else has this address."),
        "address-unknown": N_("This is no address of yours."),
        "name-missing": N_("A given or a family name is needed."),
        "posting-unknown": N_("There is no such mission."),
        "another-site": N_("This was sent from a page of another site. Nothing was done."),
    },
)
