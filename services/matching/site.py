"""The pages of matching: their texts and templates, and what they say of what was done or refused."""

from pathlib import Path

from shared.contracts.model import N_
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={
        "asked": N_("You have asked for an adviser. The desk reads it now."),
        "agree": N_("You have agreed. Your adviser hears of it now."),
        "accept": N_("You have accepted. Who asked hears of it now, and agrees or doesn't."),
        "decline": N_("You have declined. The desk reads your reason and goes on looking."),
        "end": N_("It has ended. Everybody in it hears of it."),
        "take": N_("You have taken this request. Your colleagues see it."),
        "propose": N_("The adviser is asked now, by mail."),
        "capacity": N_("Your places were changed."),
        "staffed": N_("The desk was changed. Its open requests go with it."),
        "given": N_("The desk was given to this organisation. Its coordinators staff it."),
    },
    refusals={
        "capacity-reached": N_("You have no free place. Change your places first, or decline."),
        "proposal-closed": N_("This isn't open any more."),
        "request-closed": N_("No adviser is looked for any more."),
        "request-unknown": N_("There is no such request, or it isn't yours to see."),
        "no-candidate": N_("This adviser can't be proposed any more. Choose another one."),
        "not-accepted": N_("No adviser has accepted, or it has ended."),
        "desk-missing": N_("No desk answers for this region yet. Choose a wider region."),
        "desk-empty": N_("A desk needs a contact person. Add another one first."),
        "country-unknown": N_("Where do you live, or come from? Say it in your profile first."),
        "too-many-proposals": N_("Too many advisers were asked for this request already."),
        "not-a-member": N_("This is for members, and your account isn't a member's."),
        "not-your-organisation": N_("This desk belongs to another organisation."),
        "member-unknown": N_("This member isn't known here yet, or has left."),
    },
)
