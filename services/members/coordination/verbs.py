"""What was done, in words for people: the audit's verbs, which are the names of endpoints."""

from shared.contracts.model import N_

VERBS = {
    "describe_organisation": N_("described the organisation"),
    "name_programme": N_("named a programme"),
    "join_member": N_("added a member"),
    "change_affiliation": N_("changed or ended an affiliation"),
    "suggest_profile": N_("filled a profile, or suggested something"),
    "upload_list": N_("brought a list"),
    "bring_again": N_("brought a list again"),
    "decide_duplicate": N_("decided on a likely duplicate"),
    "give_mandate": N_("invited a coordinator"),
    "take_back_mandate": N_("took a mandate back"),
}
