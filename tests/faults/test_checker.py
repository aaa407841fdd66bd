"""The checker finds each kind of fault, and nothing where nothing is wrong."""

from dataclasses import replace

import pytest

from tests.faults.checker import Verdict, check_findings
from tests.faults.findings import Findings, Version
from tests.faults.ledger import Ledger

A1, A2, B1 = Version("a", 1, "one"), Version("a", 2, "two"), Version("b", 1, "three")
ALL = (A1, A2, B1)
ASKED = Ledger(
    issued={"one": "a", "two": "a", "three": "b", "four": "b", "five": "b"},
    acknowledged={"one": 1, "two": 2},
    refused={"five"},
)
NOTHING = {"lost": 0, "phantom writes": 0, "duplicate effects": 0, "reorderings": 0, "stuck": 0}


def complete_findings(*versions: Version) -> Findings:
    """Findings in which each of these has its row, record and effect."""
    newest = {version.account: version.version for version in versions}
    return Findings(versions, newest, versions, versions, newest)


WHOLE = complete_findings(*ALL)


def nonzero_counts(found: Findings, **parked: frozenset[str]) -> dict[str, int]:
    """The counts that aren't zero."""
    verdict = check_findings(ASKED, found, **parked)
    assert verdict.is_clean == (not any(verdict.counts.values()))
    return {name: count for name, count in verdict.counts.items() if count}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert check_findings(ASKED, WHOLE).counts == NOTHING
    assert check_findings(ASKED, WHOLE).is_clean


def test_a_maybe_may_be_nowhere() -> None:
    assert nonzero_counts(complete_findings(A1, A2)) == {}


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("an acknowledged row", complete_findings(A1, B1)),
        ("a version between", complete_findings(*ALL, Version("b", 3, "four"))),
        ("a message", replace(WHOLE, records=(A1, B1))),
        ("an effect", replace(WHOLE, effects=(A1, B1))),
        ("a message of a maybe", replace(WHOLE, records=(A1, A2))),
        ("an effect of a maybe", replace(WHOLE, effects=(A1, A2))),
        ("what the consumer knew", replace(WHOLE, known={"a": 1, "b": 1})),
    ],
)
def test_what_is_lost_is_found(what: str, found: Findings) -> None:
    assert nonzero_counts(found) == {"lost": 1}, what


def test_an_acknowledged_operation_with_another_version_is_lost() -> None:
    assert nonzero_counts(complete_findings(Version("a", 1, "two"), Version("a", 2, "one"))) == {"lost": 2}


def test_rows_that_nobody_asked_for_are_phantom_writes() -> None:
    for value in ("nobody's", "five"):
        assert nonzero_counts(complete_findings(*ALL, Version("b", 2, value))) == {"phantom writes": 1}, value


def test_messages_and_effects_without_a_row_are_phantom_writes() -> None:
    phantom = Version("b", 2, "four")

    assert nonzero_counts(replace(WHOLE, records=(*ALL, phantom))) == {"phantom writes": 1}
    assert nonzero_counts(replace(WHOLE, effects=(*ALL, phantom))) == {"phantom writes": 1}


def test_what_was_undone_is_missed_nowhere_and_a_phantom_write_where_it_is() -> None:
    undone = replace(ASKED, undone={"two"})

    assert check_findings(undone, complete_findings(A1, B1)).is_clean
    assert check_findings(undone, WHOLE).counts == NOTHING | {"phantom writes": 1}


def test_duplicate_effects_and_operations_done_twice_are_found() -> None:
    assert nonzero_counts(replace(WHOLE, effects=(*ALL, A2))) == {"duplicate effects": 1}
    assert nonzero_counts(complete_findings(*ALL, Version("b", 2, "three")))["duplicate effects"] == 1


def test_a_record_sent_twice_is_counted_and_is_no_fault() -> None:
    verdict: Verdict = check_findings(ASKED, replace(WHOLE, records=(A1, A1, A2, A1, A2, B1)))

    assert verdict.is_clean
    assert verdict.repeated == 3


def test_reorderings_are_found_among_effects_and_records() -> None:
    assert nonzero_counts(replace(WHOLE, effects=(A2, A1, B1))) == {"reorderings": 1}
    assert nonzero_counts(replace(WHOLE, records=(A2, A1, A2, B1))) == {"reorderings": 1}


def test_an_old_last_record_is_found() -> None:
    assert nonzero_counts(replace(WHOLE, records=(A1, A2, A1, B1))) == {"reorderings": 1}


def test_what_is_stuck_is_found() -> None:
    assert nonzero_counts(replace(WHOLE, stuck=("the writer is dead",))) == {"stuck": 1}


def test_a_parked_key_is_stuck_unless_it_is_expected() -> None:
    parked = replace(WHOLE, effects=(A1, A2), known={"a": 2}, parked=frozenset({"b"}))

    assert nonzero_counts(parked) == {"lost": 2, "stuck": 1}
    assert nonzero_counts(parked, parked=frozenset({"b"})) == {}


def test_a_compacted_topic_needs_the_last_versions_only() -> None:
    compacted = replace(WHOLE, records=(A2, B1), effects=(A2, B1))

    assert nonzero_counts(compacted) == {"lost": 1}
    assert nonzero_counts(replace(compacted, compacted=True)) == {}
    assert nonzero_counts(replace(compacted, records=(A1, B1), compacted=True)) == {"lost": 1}
