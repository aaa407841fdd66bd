"""Who is a member already: by which address, and with which affiliations; from it follows what joining does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from uuid_utils.compat import uuid7

from services.members.members.rules import AffiliationKey
from shared.postgres.pool import Tx

_FIND = "SELECT member, email_key FROM member WHERE email_key = ANY($1)"
_LOCK = f"{_FIND} ORDER BY member FOR NO KEY UPDATE"


class JoinOutcome(StrEnum):
    """What joining did."""

    JOINED = "joined"
    AFFILIATED = "affiliated"
    UNCHANGED = "unchanged"


@dataclass
class KnownMembers:
    """The members of some addresses (None: nobody yet), and their affiliations."""

    members: dict[str, UUID | None]
    affiliations: dict[UUID, set[AffiliationKey]] = field(default_factory=dict)

    def decide_join(self, email_key: str, affiliation: AffiliationKey) -> tuple[UUID, JoinOutcome]:
        """Who someone of this address is, and what joining does to them; then it is known as if it had been done."""
        existing = self.members[email_key]
        member = self.members[email_key] = existing or uuid7()
        held = self.affiliations.setdefault(member, set())
        outcome = JoinOutcome.AFFILIATED if existing else JoinOutcome.JOINED
        if affiliation in held:
            outcome = JoinOutcome.UNCHANGED
        held.add(affiliation)
        return member, outcome


async def load_known(tx: Tx, email_keys: Sequence[str], *, lock: bool = False) -> KnownMembers:
    """Whoever is a member by one of these addresses; with `lock` nobody changes them until this transaction ends."""
    rows = await tx.fetch(_LOCK if lock else _FIND, email_keys)
    known = KnownMembers(dict.fromkeys(email_keys) | {row["email_key"]: row["member"] for row in rows})
    held = await tx.fetch(
        "SELECT member, organisation, programme, role FROM affiliation WHERE member = ANY($1)",
        [row["member"] for row in rows],
    )
    for member, *key in held:
        known.affiliations.setdefault(member, set()).add(AffiliationKey(*key))
    return known
