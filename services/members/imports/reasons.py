"""Reasons: why rows are bad, in words for those who look at the row in their list."""

from collections.abc import Mapping

from services.members.imports.mappings import FieldName
from shared import naming
from shared.contracts.model import N_

REASONS = naming.REASONS | {
    "columns": N_("The row has more cells with something in them than the header has."),
    "quotes": N_("A quotation mark opens a cell and isn't closed, or is closed within it."),
    "encoding": N_("The cell has characters that can't be read in the list's encoding."),
    "name-missing": N_("Neither a family name nor a given name can be seen."),
    "email-missing": N_("No e-mail address can be seen."),
    "email-invalid": N_("This is not one e-mail address."),
    "country-unknown": N_("No country has this name or code."),
    "language-unknown": N_("No language has this name or code."),
    "theme-unknown": N_("No theme has this name."),
    "region-unknown": N_("No region has this name."),
    "programme-unknown": N_("The organisation has no programme of this name."),
    "posting-invalid": N_("A posting is the short name of a mission: small letters, digits and hyphens."),
    "answer-unknown": N_("This is neither yes nor no."),
    "date-invalid": N_("This is no day from 1900 to ten years from now in the mapping's date_format."),
    "date-ambiguous": N_("The year has two digits, and may be of this century or of the last one."),
    "cohort-invalid": N_("A cohort is a year from 1950 to this one."),
    "too-long": N_(
        "The cell has more than 200 characters or 30 terms, or the row more than 100,000 characters."
    ),
    "control-character": N_("The text has control characters, or marks that turn the reading direction."),
    "address-of-another": N_("A member with another name has this e-mail address."),
    "erased": N_(
        "This person was erased. Only they can allow that they are added again: ask them to sign in with this"
        " address."
    ),
    "unexpected": N_(
        "This service can't take the row, and should: tell its operator which list and line it is."
    ),
}

# The same where pages say them: those that all services share are translated here.
WORDS = REASONS | {
    "formula": N_("The text begins as a formula does: with =, +, - or @."),
    "spreadsheet-error": N_("This is an error that a spreadsheet shows where a text was, as #REF! or #####."),
    "name-without-letter": N_("A name has at least one letter."),
    "reference-damaged": N_(
        "A spreadsheet has made a number or a day of this id: format its column as text and fill it in again."
    ),
}

# What pages call the fields of a list.
CALLED: Mapping[FieldName, str] = {
    "email": N_("E-mail address"),
    "name": N_("Whole name"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "reference": N_("Id in your list"),
    "cohort": N_("Cohort"),
    "residence": N_("Lives in"),
    "origin": N_("Comes from"),
    "programme": N_("Programme"),
    "completed_on": N_("Completed on"),
    "posting": N_("Posted at"),
    "language": N_("Language of mails"),
    "languages": N_("Speaks"),
    "themes": N_("Themes"),
    "regions": N_("Knows the regions"),
    "branch": N_("Branch"),
    "advises": N_("Advises other members"),
}
