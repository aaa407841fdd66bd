"""Joining: someone whom an organisation knows becomes a member, or a known member is affiliated once more."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import Field

from services.members.members import profiles, publications
from services.members.members.audience_ids import AudienceIds
from services.members.members.known_members import JoinOutcome, KnownMembers, load_known
from services.members.members.rules import AffiliationKey
from shared.addresses import address_key
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


class JoinedMember(Contract):
    """Who it is, by ids only."""

    member: UUID
    outcome: JoinOutcome


class JoinDecision(NamedTuple):
    """What becomes of one command."""

    member: UUID
    outcome: JoinOutcome
    email_key: str
    command: JoinMember


async def join_member(tx: Tx, audience_ids: AudienceIds, command: JoinMember) -> JoinedMember:
    """Make a member, or where the e-mail is known already an affiliation of one.

    Raises `Refused` for what is no address, and for an unknown organisation or programme.
    """
    [decision] = await join_members(tx, audience_ids, [command])
    return JoinedMember(member=decision.member, outcome=decision.outcome)


async def join_members(
    tx: Tx, audience_ids: AudienceIds, commands: Sequence[JoinMember]
) -> list[JoinDecision]:
    """What became of each command, in their order. `MemberJoined` and `MemberChanged` are published;
    the world hears of it in a release.

    Raises `Refused` as `join_member` does; then nothing was done.
    """
    await _require_programmes(tx, {(c.organisation, c.programme) for c in commands})
    keys = [require_email_key(command) for command in commands]
    await _lock_addresses(tx, keys)
    known = await load_known(tx, keys, lock=True)
    decisions = [_decide_join(known, key, command) for key, command in zip(keys, commands, strict=True)]
    new = [d for d in decisions if d.outcome is JoinOutcome.JOINED]
    added = [d for d in decisions if d.outcome is not JoinOutcome.UNCHANGED]
    await _insert_members(tx, new)
    await _insert_affiliations(tx, added)
    joined = dict.fromkeys(d.member for d in new)
    changed = dict.fromkeys(d.member for d in added if d.member not in joined)
    await profiles.publish_members(tx, audience_ids, list(joined), list(changed))
    await publications.mark_due(tx, [*joined, *changed])
    return decisions


def require_email_key(command: JoinMember) -> str:
    """The key of the command's address. Raises `Refused` for what is no address."""
    try:
        return address_key(command.email)
    except ValueError:
        raise Refused("email-invalid", "The e-mail address is none.") from None


def _decide_join(known: KnownMembers, email_key: str, command: JoinMember) -> JoinDecision:
    return JoinDecision(*known.decide_join(email_key, command.affiliation_key), email_key, command)


async def _lock_addresses(tx: Tx, keys: Sequence[str]) -> None:
    """Nobody else joins with these addresses until this transaction ends."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(h) FROM"
        " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest($1::text[]) k ORDER BY 1) AS locks",
        keys,
    )


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
