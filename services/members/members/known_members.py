"""Who is a member already: by which address, and with which affiliations; from it follows what joining does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.members.members import suggestions
from services.members.members.audience_ids import AudienceIds
from services.members.members.erased_addresses import find_erased
from services.members.members.rules import AffiliationKey
from services.members.members.same_person import PersonName, is_same_person
from services.members.members.statements import SAID, AffiliationFacts, Effect, Statement, compare_profile
from shared.postgres.pool import Tx

# By the address of the profile, or by another one that the member has proved.
_FIND = f"""
SELECT member, known.key, {", ".join(SAID)} FROM (
    SELECT member, email_key AS key FROM member WHERE email_key = ANY($1)
    UNION ALL SELECT member, address_key FROM member_address WHERE address_key = ANY($1)) known
JOIN member USING (member)"""
_LOCK = f"{_FIND} ORDER BY member FOR NO KEY UPDATE OF member"


class JoinOutcome(StrEnum):
    """What joining did."""

    JOINED = "joined"
    AFFILIATED = "affiliated"
    CHANGED = "changed"
    SUGGESTED = "suggested"
    UNCHANGED = "unchanged"
    REFUSED = "address-of-another"
    ERASED = "erased"


# Instead of an id: somebody who was erased has none.
NOBODY = UUID(int=0)


@dataclass
class KnownMember:
    """Someone with an address: their name, what their profile says, what they are to whom, and what is suggested, by
    field and organisation."""

    member: UUID
    profile: dict[str, Any]
    affiliations: dict[AffiliationKey, AffiliationFacts]
    suggestions: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def name(self) -> PersonName:
        return PersonName(*(self.profile[name] for name in PersonName._fields))

    def hear(self, statement: Statement) -> tuple[JoinOutcome, Effect]:
        """What a statement changes of what is known; then it is known as if that had been written."""
        key, organisation = statement.affiliation, statement.affiliation.organisation
        held = self.affiliations.get(key)
        facts = (held or AffiliationFacts()).updated(statement.facts)
        compared = compare_profile(self.profile, statement.profile)
        suggested = {
            name: value
            for name, value in compared.suggested.items()
            if self.suggestions.get((name, organisation)) != value
        }
        self.affiliations[key] = facts
        self.profile |= compared.filled
        self.suggestions |= {(name, organisation): value for name, value in suggested.items()}
        if held is None:
            return JoinOutcome.AFFILIATED, Effect(compared.filled, suggested)
        effect = Effect(compared.filled, suggested, facts if facts != held else None)
        return _judge(effect), effect


class KnownMembers(dict[str, KnownMember]):
    """The members of some addresses, by the addresses' keys; `erased` are the keys of those who were erased."""

    def __init__(self) -> None:
        super().__init__()
        self.erased: set[str] = set()

    def decide_join(self, email_key: str, statement: Statement) -> tuple[UUID, JoinOutcome, Effect]:
        """Who has this address, and what joining does to them; then it is known as if it had been done.

        An address is one member's: whoever else shares it is refused, and nothing is done to the one who has it. Who
        was erased isn't brought back by others.
        """
        known = self.get(email_key)
        if known is None and email_key in self.erased:
            return NOBODY, JoinOutcome.ERASED, Effect()
        if known is None:
            profile = {**dict.fromkeys(SAID), **statement.profile, **statement.name._asdict()}
            known = KnownMember(uuid7(), profile, {statement.affiliation: statement.facts})
            self[email_key] = known
            return known.member, JoinOutcome.JOINED, Effect()
        if not is_same_person(known.name, statement.name):
            return known.member, JoinOutcome.REFUSED, Effect()
        return known.member, *known.hear(statement)


async def load_known(
    tx: Tx,
    audience_ids: AudienceIds,
    email_keys: Sequence[str],
    organisations: Collection[str],
    *,
    lock: bool = False,
) -> KnownMembers:
    """Whoever is a member by one of these addresses, with what these organisations suggest to them; with `lock` nobody
    changes them until this transaction ends."""
    known = KnownMembers()
    by_member: dict[UUID, KnownMember] = {}
    for member, email_key, *profile in await tx.fetch(_LOCK if lock else _FIND, email_keys):
        said = dict(zip(SAID, profile, strict=True))
        known[email_key] = by_member.setdefault(member, KnownMember(member, said, {}))
    await _load_affiliations(tx, by_member)
    for key, value in (await suggestions.load_values(tx, list(by_member), organisations)).items():
        by_member[key.member].suggestions[key.field, key.organisation] = value
    # Only now: who was being erased is so, or is locked.
    known.erased = await find_erased(tx, audience_ids, set(email_keys) - known.keys())
    return known


async def _load_affiliations(tx: Tx, members: Mapping[UUID, KnownMember]) -> None:
    held = await tx.fetch(
        "SELECT member, organisation, programme, role, cohort, completed_on, reference FROM affiliation"
        " WHERE member = ANY($1)",
        list(members),
    )
    for member, organisation, programme, role, *facts in held:
        key = AffiliationKey(organisation, programme, role)
        members[member].affiliations[key] = AffiliationFacts(*facts)


def _judge(effect: Effect) -> JoinOutcome:
    if effect.facts or effect.filled:
        return JoinOutcome.CHANGED
    return JoinOutcome.SUGGESTED if effect.suggested else JoinOutcome.UNCHANGED
