"""Laws of statements: nothing that a profile says is overwritten, and what was said twice changes nothing."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.members.members.known_members import JoinOutcome, KnownMember
from services.members.members.rules import AffiliationKey
from services.members.members.same_person import PersonName
from services.members.members.statements import (
    SAID,
    SEVERAL,
    AffiliationFacts,
    Statement,
    compare_profile,
    is_met,
    take_value,
)

_TERMS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    field: _TERMS if field in SEVERAL else st.sampled_from(["", "Ann", "Bo", "Cy"]) for field in SAID
}
PROFILES = st.fixed_dictionaries(_VALUES).filter(
    lambda profile: profile["given_name"] or profile["family_name"]
)
STATEMENTS = st.fixed_dictionaries({}, optional=_VALUES)
FACTS = st.builds(
    AffiliationFacts, st.none() | st.integers(1950, 1952), st.none(), st.none() | st.sampled_from("xy")
)
KIM = UUID(int=7)
KEY = AffiliationKey("daad", None, "alumnus")


@given(PROFILES, STATEMENTS)
def test_what_is_empty_is_filled_and_what_is_said_is_only_suggested(
    profile: dict[str, Any], said: dict[str, Any]
) -> None:
    effect = compare_profile(profile, said)

    assert all(not profile[field] and said[field] for field in effect.filled)
    assert all(profile[field] or field in PersonName._fields for field in effect.suggested)
    names = PersonName._fields
    lost = [f for f, value in said.items() if value and f not in names and not is_met(profile, f, value)]
    assert set(lost) == {*effect.filled, *effect.suggested} - set(names)


@given(PROFILES, STATEMENTS)
def test_a_suggestion_that_was_taken_is_met_and_loses_no_term(
    profile: dict[str, Any], said: dict[str, Any]
) -> None:
    for field, value in compare_profile(profile, said).suggested.items():
        taken = profile | {field: take_value(profile, field, value)}
        assert is_met(taken, field, value)
        assert field not in SEVERAL or set(profile[field]) <= set(taken[field])


@given(PROFILES, STATEMENTS, FACTS, FACTS)
def test_the_same_statement_again_changes_nothing(
    profile: dict[str, Any], said: dict[str, Any], held: AffiliationFacts, facts: AffiliationFacts
) -> None:
    known = KnownMember(KIM, dict(profile), {KEY: held})
    statement = Statement(known.name, KEY, facts, said)

    first, effect = known.hear(statement)

    assert known.affiliations[KEY] == held.updated(facts)
    assert (first is JoinOutcome.UNCHANGED) == (not any(effect))
    assert known.hear(statement)[0] is JoinOutcome.UNCHANGED


@given(PROFILES, STATEMENTS)
def test_another_organisation_is_heard_by_itself(profile: dict[str, Any], said: dict[str, Any]) -> None:
    known = KnownMember(KIM, dict(profile), {KEY: AffiliationFacts()})
    other = AffiliationKey("giz", None, "alumnus")
    _, first = known.hear(Statement(known.name, KEY, AffiliationFacts(), said))

    outcome, second = known.hear(Statement(known.name, other, AffiliationFacts(), said))

    assert outcome is JoinOutcome.AFFILIATED
    assert second.suggested == first.suggested
