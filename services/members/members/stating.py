"""Writes what becomes of organisations' statements about members: filled fields, changed facts, suggestions, and the
history of who changed what."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.members.members import history, suggestions
from services.members.members.rules import AffiliationKey
from services.members.members.statements import AffiliationFacts, Effect
from services.members.members.suggestions import SuggestionKey
from shared.postgres.pool import Tx

# By these a member is compared with others who may be the same person.
COMPARED = frozenset({"given_name", "family_name", "origin", "residence"})

UPDATE_FACTS = """
UPDATE affiliation SET (cohort, completed_on, reference) = ($5, $6, $7)
WHERE member = $1 AND organisation = $2 AND programme IS NOT DISTINCT FROM $3 AND role = $4"""


class Stated(NamedTuple):
    """What a statement changes of a member; `affiliated`: they are affiliated once more."""

    member: UUID
    affiliation: AffiliationKey
    effect: Effect
    affiliated: bool = False

    @property
    def fields(self) -> Collection[str]:
        """What the history names."""
        touched = self.affiliated or self.effect.facts is not None
        return [*self.effect.filled, *([history.AFFILIATION] if touched else [])]


async def write_statements(tx: Tx, stated: Sequence[Stated]) -> None:
    """Write what these change. The members must be locked; the caller publishes them."""
    await _fill_profiles(tx, stated)
    facts = [(each.member, each.affiliation, each.effect.facts) for each in stated if each.effect.facts]
    await _update_facts(tx, facts)
    suggested: Mapping[SuggestionKey, Any] = {
        SuggestionKey(each.member, each.affiliation.organisation, field): value
        for each in stated
        for field, value in each.effect.suggested.items()
    }
    await suggestions.put_suggestions(tx, suggested)
    await history.note_changes(
        tx, [(each.member, each.affiliation.organisation, each.fields) for each in stated if each.fields]
    )


async def compare_again(tx: Tx, members: Sequence[UUID]) -> None:
    """Let these members be compared by what is known of them now."""
    await tx.execute("DELETE FROM blocking_key WHERE member = ANY($1)", members)
    await tx.execute(
        "INSERT INTO newcomer (member) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING", members
    )


async def _fill_profiles(tx: Tx, stated: Sequence[Stated]) -> None:
    for field in dict.fromkeys(field for each in stated for field in each.effect.filled):
        values = [(each.member, each.effect.filled[field]) for each in stated if field in each.effect.filled]
        await tx.executemany(f"UPDATE member SET {field} = $2 WHERE member = $1", values)
        if field in COMPARED:
            await compare_again(tx, [member for member, _ in values])


async def _update_facts(tx: Tx, facts: Sequence[tuple[UUID, AffiliationKey, AffiliationFacts]]) -> None:
    if facts:
        await tx.executemany(UPDATE_FACTS, [(member, *key, *said) for member, key, said in facts])
