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
        "suggestion-take": N_("Your profile says so now. The whole network has it in a moment."),
        "suggestion-decline": N_("Your profile stays as it is. The same isn’t suggested again."),
        "profile-filled": N_("What was empty is filled now."),
        "profile-suggested": N_(
            "What was empty is filled; the rest is suggested to the member, who decides."
        ),
        "profile-same": N_("This was known already. Nothing was changed."),
        "affiliation-changed": N_("The affiliation is as you say now."),
        "affiliation-ended": N_("The affiliation has ended. A member of the network they stay."),
        "return-allowed": N_(
            "Organisations may add you again. Tell one of yours that you want to come back."
        ),
        "data-asked": N_("Your data is being gathered. A mail tells you when all is there."),
        "leaving-asked": N_(
            "A link is on its way to your address. You leave only once you confirm it there."
        ),
        "left": N_("You have left the network. What is stored about you is being removed everywhere."),
        "list-previewed": N_("The list was read. Nothing is changed: this is what would happen."),
        "list-brought": N_("The list was taken. Its rows are worked on now."),
        "member-joined": N_("The member was added."),
        "member-affiliated": N_("This person was a member already, and has one more affiliation now."),
        "member-changed": N_("This person was a member already. What you knew of them is up to date now."),
        "member-suggested": N_(
            "This person was a member already. What you say of them is suggested to them; nothing else was changed."
        ),
        "member-unchanged": N_("This was known already. Nothing was changed."),
        "decided-same": N_("Noted: they are one person. The pair isn’t shown again."),
        "decided-distinct": N_("Noted: they are two persons. The pair isn’t shown again."),
        "invited": N_("The invitation is on its way. Whoever has the address signs in with it."),
        "system-let-in": N_("The system is let in: its tokens count from now on."),
        "taken-back": N_("The mandate was taken back. It has ended everywhere."),
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
        "person-erased": N_(
            "Whoever has this address was erased, and nobody was invited. Only they can allow that they are added"
            " again: ask them to sign in with this address."
        ),
        "address-unknown": N_("This is no address of yours."),
        "disclosed-today": N_("Your data was gathered less than a day ago. Ask again tomorrow."),
        "disclosure-unknown": N_("Nothing is ready for you: ask for your data first."),
        "name-missing": N_("A given or a family name is needed."),
        "posting-unknown": N_("There is no such mission."),
        "list-empty": N_("The list has no header line that can be read."),
        "list-is-workbook": N_("This is a workbook. Save it as CSV in your spreadsheet, and bring that."),
        "list-too-wide": N_("The list has more than 200 columns."),
        "list-too-long": N_("The list has more than 200,000 rows. Bring it in parts."),
        "list-took-too-long": N_(
            "The list wasn’t read in time. Nothing was stored. Bring it later, or in parts."
        ),
        "column-unknown": N_(
            "The list lacks one of the columns named below, or has it twice. Compare the names with its header."
        ),
        "encoding": N_("The list isn’t written in this encoding. Choose another one."),
        "suggestion-unknown": N_("This isn’t suggested any more."),
        "affiliation-known": N_("This person is that to your organisation already."),
        "date-invalid": N_("A programme is completed on a day from 1900 to ten years from now."),
        "cohort-invalid": N_("A cohort is a year from 1950 to this one."),
        "programme-unknown": N_("This programme isn’t one of the organisation’s."),
        "not-yours-to-give": N_("An operator gives this mandate, and takes it back."),
        "last-operator": N_("This is the last operator: invite another one first."),
        "another-site": N_("This was sent from a page of another site. Nothing was done."),
    },
)
