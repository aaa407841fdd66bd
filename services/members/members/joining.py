"""Joining: someone whom an organisation knows becomes a member, or a known member is affiliated once more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from pydantic import Field
from uuid_utils.compat import uuid7

from services.members.members import profiles, rules
from services.members.members.audience_ids import AudienceIds
from services.members.members.rules import AffiliationKey
from shared.contracts.members import Role
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line


class JoinMember(Command):
    """Someone whom an organisation knows: the person, and what they are to it."""

    given_name: Line
    family_name: Line
    email: Line
    language: Language = "en"
    origin: Country | None = None
    residence: Country | None = None
    posting: Slug | None = None
    languages: list[Language] = Field(default=[], max_length=30)
    themes: list[Slug] = Field(default=[], max_length=30)
    regions: list[Slug] = Field(default=[], max_length=30)
    branch: Line | None = None
    advises: bool = False
    organisation: Slug
    programme: Slug | None = None
    role: Role = Role.ALUMNUS
    cohort: int | None = Field(None, ge=1950, le=2100)
    completed_on: date | None = None
    reference: Line | None = Field(None, description="the person's id in the organisation's own list")
    invite: bool = Field(False, description="send one invitation; without it joining is silent")

    @property
    def affiliation_key(self) -> AffiliationKey:
        return AffiliationKey(self.organisation, self.programme, self.role)


class JoinOutcome(StrEnum):
    """What joining did."""

    JOINED = "joined"
    AFFILIATED = "affiliated"
    UNCHANGED = "unchanged"


class JoinedMember(Contract):
    """Who it is, by ids only."""

    member: UUID
    public_id: UUID
    outcome: JoinOutcome


class JoinDecision(NamedTuple):
    """What becomes of one command."""

    member: UUID
    outcome: JoinOutcome
    email_key: str
    command: JoinMember


@dataclass
class KnownMembers:
    """Who is a member by which address (None: nobody yet) and by which affiliations, as far as was asked."""

    members: dict[str, UUID | None] = field(default_factory=dict)
    affiliations: dict[UUID, set[AffiliationKey]] = field(default_factory=dict)

    def decide_join(self, command: JoinMember, email_key: str) -> JoinDecision:
        """What the command does to someone of this address; then they are known as if it had been done."""
        existing = self.members[email_key]
        member = self.members[email_key] = existing or uuid7()
        held = self.affiliations.setdefault(member, set())
        outcome = JoinOutcome.AFFILIATED if existing else JoinOutcome.JOINED
        if command.affiliation_key in held:
            outcome = JoinOutcome.UNCHANGED
        held.add(command.affiliation_key)
        return JoinDecision(member, outcome, email_key, command)


async def join_member(tx: Tx, audience_ids: AudienceIds, command: JoinMember) -> JoinedMember:
    """Make a member, or where the e-mail is known already an affiliation of one.

    Raises `Refused` for what is no address, and for an unknown organisation or programme.
    """
    [decision] = await join_members(tx, audience_ids, [command])
    public_id = audience_ids.public_id(decision.member)
    return JoinedMember(member=decision.member, public_id=public_id, outcome=decision.outcome)


async def join_members(
    tx: Tx, audience_ids: AudienceIds, commands: Sequence[JoinMember]
) -> list[JoinDecision]:
    """What became of each command, in their order. `MemberJoined` and `MemberChanged` are published.

    Raises `Refused` as `join_member` does; then nothing was done.
    """
    await _require_programmes(tx, {(c.organisation, c.programme) for c in commands})
    keys = [_require_email_key(c) for c in commands]
    await _lock_addresses(tx, keys)
    decisions = await plan_joins(tx, KnownMembers(), commands)
    new = [d for d in decisions if d.outcome is JoinOutcome.JOINED]
    added = [d for d in decisions if d.outcome is not JoinOutcome.UNCHANGED]
    await _insert_members(tx, new)
    await _insert_affiliations(tx, added)
    joined = dict.fromkeys(d.member for d in new)
    changed = dict.fromkeys(d.member for d in added if d.member not in joined)
    await profiles.publish_members(tx, audience_ids, list(joined), list(changed))
    return decisions


async def plan_joins(tx: Tx, known: KnownMembers, commands: Sequence[JoinMember]) -> list[JoinDecision]:
    """What would become of each command after those that `known` has seen; nothing is written.

    The members that are known already are locked.
    """
    keys = [_require_email_key(c) for c in commands]
    await _load_known(tx, known, [key for key in dict.fromkeys(keys) if key not in known.members])
    return [known.decide_join(command, key) for command, key in zip(commands, keys, strict=True)]


def _require_email_key(command: JoinMember) -> str:
    try:
        return rules.email_key(command.email)
    except ValueError:
        raise Refused("email-invalid", "The e-mail address is none.") from None


async def _lock_addresses(tx: Tx, keys: Sequence[str]) -> None:
    """Nobody else joins with these addresses until this transaction ends."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(h) FROM"
        " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest($1::text[]) k ORDER BY 1) AS locks",
        keys,
    )


async def _load_known(tx: Tx, known: KnownMembers, keys: Sequence[str]) -> None:
    rows = await tx.fetch(
        "SELECT member, email_key FROM member WHERE email_key = ANY($1) ORDER BY member FOR NO KEY UPDATE",
        keys,
    )
    known.members.update(dict.fromkeys(keys) | {row["email_key"]: row["member"] for row in rows})
    held = await tx.fetch(
        "SELECT member, organisation, programme, role FROM affiliation WHERE member = ANY($1)",
        [row["member"] for row in rows],
    )
    for member, *key in held:
        known.affiliations.setdefault(member, set()).add(AffiliationKey(*key))


async def _require_programmes(tx: Tx, named: set[tuple[str, str | None]]) -> None:
    missing = await tx.fetch(
        """
        SELECT n.organisation, n.programme FROM unnest($1::text[], $2::text[]) AS n(organisation, programme)
        LEFT JOIN organisation o USING (organisation) LEFT JOIN programme p USING (organisation, programme)
        WHERE o.organisation IS NULL OR (n.programme IS NOT NULL AND p.programme IS NULL)""",
        [organisation for organisation, _ in named],
        [programme for _, programme in named],
    )
    if missing:
        raise Refused("programme-unknown", "The organisation, or its programme, is not known here.")


async def _insert_members(tx: Tx, new: Sequence[JoinDecision]) -> None:
    if new:
        await tx.copy_records_to_table(
            "member",
            columns=("member", "email_key", *_OF_MEMBER),
            records=[(d.member, d.email_key, *_select_values(d.command, _OF_MEMBER)) for d in new],
        )
        await tx.execute("INSERT INTO newcomer SELECT unnest($1::uuid[])", [d.member for d in new])


async def _insert_affiliations(tx: Tx, added: Sequence[JoinDecision]) -> None:
    inviting = any(d.command.invite for d in added)
    moment: datetime | None = await tx.fetchval("SELECT now()") if inviting else None
    if added:
        await tx.copy_records_to_table(
            "affiliation",
            columns=("member", "invited_at", *_OF_AFFILIATION),
            records=[
                (d.member, moment if d.command.invite else None, *_select_values(d.command, _OF_AFFILIATION))
                for d in added
            ],
        )


def _select_values(command: JoinMember, names: Sequence[str]) -> list[object]:
    return [getattr(command, name) for name in names]


_OF_MEMBER = (
    "given_name",
    "family_name",
    "email",
    "language",
    "origin",
    "residence",
    "posting",
    "languages",
    "themes",
    "regions",
    "branch",
    "advises",
)
_OF_AFFILIATION = ("organisation", "programme", "role", "cohort", "completed_on", "reference")
