"""Reasons: why rows are bad, in words for those who look at the row in their list."""

from shared import naming

REASONS = naming.REASONS | {
    "columns": "The row has more cells with something in them than the header has.",
    "quotes": "A quotation mark opens a cell and isn't closed, or is closed within it.",
    "encoding": "The cell has characters that can't be read in the list's encoding.",
    "name-missing": "Neither a family name nor a given name can be seen.",
    "email-missing": "No e-mail address can be seen.",
    "email-invalid": "This is not one e-mail address.",
    "country-unknown": "No country has this name or code.",
    "language-unknown": "No language has this name or code.",
    "theme-unknown": "No theme has this name.",
    "region-unknown": "No region has this name.",
    "programme-unknown": "The organisation has no programme of this name.",
    "posting-invalid": "A posting is the short name of a mission: small letters, digits and hyphens.",
    "answer-unknown": "This is neither yes nor no.",
    "date-invalid": "This is no day from 1900 to ten years from now in the mapping's date_format.",
    "date-ambiguous": "The year has two digits, and may be of this century or of the last one.",
    "cohort-invalid": "A cohort is a year from 1950 to this one.",
    "too-long": "The cell has more than 200 characters or 30 terms, or the row more than 100,000 characters.",
    "control-character": "The text has control characters, or marks that turn the reading direction.",
    "address-of-another": "A member with another name has this e-mail address.",
    "erased": "The person was erased while the row waited.",
    "unexpected": "This service can't take the row, and should: tell its operator which list and line it is.",
}
