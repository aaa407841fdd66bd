"""Who is a member already: by which address, and with which affiliations; from it follows what joining does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from uuid_utils.compat import uuid7

from services.members.members.audience_ids import AudienceIds
from services.members.members.erased_addresses import find_erased
from services.members.members.rules import AffiliationKey
from services.members.members.same_person import PersonName, is_same_person
from shared.postgres.pool import Tx

# By the address of the profile, or by another one that the member has proved.
_FIND = """
SELECT member, known.key, given_name, family_name FROM (
    SELECT member, email_key AS key FROM member WHERE email_key = ANY($1)
    UNION ALL SELECT member, address_key FROM member_address WHERE address_key = ANY($1)) known
JOIN member USING (member)"""
_LOCK = f"{_FIND} ORDER BY member FOR NO KEY UPDATE OF member"


class JoinOutcome(StrEnum):
    """What joining did."""

    JOINED = "joined"
    AFFILIATED = "affiliated"
    UNCHANGED = "unchanged"
    REFUSED = "address-of-another"
    ERASED = "erased"


# Instead of an id: somebody who was erased has none.
NOBODY = UUID(int=0)


@dataclass
class KnownMember:
    """Someone with an address, by the name under which they joined."""

    member: UUID
    name: PersonName
    affiliations: set[AffiliationKey] = field(default_factory=set)


class KnownMembers(dict[str, KnownMember]):
    """The members of some addresses, by the addresses' keys; `erased` are the keys of those who were erased."""

    def __init__(self) -> None:
        super().__init__()
        self.erased: set[str] = set()

    def decide_join(
        self, email_key: str, name: PersonName, affiliation: AffiliationKey
    ) -> tuple[UUID, JoinOutcome]:
        """Who has this address, and what joining does to them; then it is known as if it had been done.

        An address is one member's: whoever else shares it is refused, and nothing is done to the one who has it. Who
        was erased isn't brought back by others.
        """
        known = self.get(email_key)
        if known is None and email_key in self.erased:
            return NOBODY, JoinOutcome.ERASED
        if known is None:
            known = self[email_key] = KnownMember(uuid7(), name, {affiliation})
            return known.member, JoinOutcome.JOINED
        if not is_same_person(known.name, name):
            return known.member, JoinOutcome.REFUSED
        outcome = JoinOutcome.UNCHANGED if affiliation in known.affiliations else JoinOutcome.AFFILIATED
        known.affiliations.add(affiliation)
        return known.member, outcome


async def load_known(
    tx: Tx, audience_ids: AudienceIds, email_keys: Sequence[str], *, lock: bool = False
) -> KnownMembers:
    """Whoever is a member by one of these addresses; with `lock` nobody changes them until this transaction ends."""
    known = KnownMembers()
    by_member: dict[UUID, KnownMember] = {}
    for member, email_key, *name in await tx.fetch(_LOCK if lock else _FIND, email_keys):
        known[email_key] = by_member.setdefault(member, KnownMember(member, PersonName(*name)))
    held = await tx.fetch(
        "SELECT member, organisation, programme, role FROM affiliation WHERE member = ANY($1)",
        list(by_member),
    )
    for member, *key in held:
        by_member[member].affiliations.add(AffiliationKey(*key))
    # Only now: who was being erased is so, or is locked.
    known.erased = await find_erased(tx, audience_ids, set(email_keys) - known.keys())
    return known
