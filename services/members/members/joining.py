"""Joining: someone whom an organisation knows becomes a member, or a known member is affiliated once more."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from services.members.members import profiles, publications
from services.members.members.audience_ids import AudienceIds
from services.members.members.email_keys import lock_addresses
from services.members.members.known_members import JoinOutcome, KnownMembers, load_known
from services.members.members.rules import AffiliationKey, is_cohort, is_completion
from services.members.members.same_person import PersonName
from services.members.members.statements import SAID, AffiliationFacts, Effect, Statement
from services.members.members.stating import Stated, write_statements
from shared.access.principal import Principal
from shared.addresses import address_key
from shared.contracts.members import Role
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import NAME_SCHEMA, Command, OptionalName, Plain, Reference
from shared.runtime.vocabulary_types import KnownCountry, KnownLanguage, KnownRegion, Theme

_ONE_NAME_AT_LEAST: Any = [
    {"required": [name], "properties": {name: NAME_SCHEMA}} for name in ("given_name", "family_name")
]


_EXAMPLE: dict[str, JsonValue] = {
    "given_name": "Amara",
    "family_name": "Okafor",
    "email": "amara.okafor@example.org",
    "language": "en",
    "residence": "NG",
    "organisation": "giz",
    "role": "alumnus",
    "cohort": 2019,
    "invite": True,
}


class JoinMember(Command):
    """Someone whom an organisation knows: the person, and what they are to it.

    Who has one name only has it as either the given or the family name; the other one is empty, or isn't named.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": _ONE_NAME_AT_LEAST, "examples": [_EXAMPLE]})

    given_name: OptionalName = ""
    family_name: OptionalName = ""
    email: Plain
    language: KnownLanguage = "en"
    origin: KnownCountry | None = None
    residence: KnownCountry | None = None
    posting: Slug | None = None
    languages: list[KnownLanguage] = Field(default=[], max_length=30)
    themes: list[Theme] = Field(default=[], max_length=30)
    regions: list[KnownRegion] = Field(default=[], max_length=30)
    branch: Plain | None = None
    advises: bool = False
    organisation: Slug
    programme: Slug | None = None
    role: Role = Role.ALUMNUS
    cohort: int | None = Field(None, ge=1950, le=2100)
    completed_on: date | None = None
    reference: Reference | None = Field(None, description="the person's id in the organisation's own list")
    invite: bool = Field(False, description="send one invitation; without it joining is silent")

    @model_validator(mode="after")
    def _require_name(self) -> "JoinMember":
        if not (self.given_name or self.family_name):
            raise ValueError("a given or a family name is needed")
        return self

    @property
    def name(self) -> PersonName:
        return PersonName(self.given_name, self.family_name)

    @property
    def statement(self) -> Statement:
        """What it says of whoever is a member already: what isn't named says nothing."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return Statement(
            self.name,
            AffiliationKey(self.organisation, self.programme, self.role),
            AffiliationFacts(*(said.get(name) for name in AffiliationFacts._fields)),
            {name: said[name] for name in SAID if said.get(name)},
        )


class JoinedMember(Contract):
    """Who it is, by ids only."""

    member: UUID
    outcome: Literal[
        JoinOutcome.JOINED,
        JoinOutcome.AFFILIATED,
        JoinOutcome.CHANGED,
        JoinOutcome.SUGGESTED,
        JoinOutcome.UNCHANGED,
    ]


_CHANGING = (JoinOutcome.AFFILIATED, JoinOutcome.CHANGED)
_TOLD = (*_CHANGING, JoinOutcome.SUGGESTED)


class JoinDecision(NamedTuple):
    """What becomes of one command."""

    member: UUID
    outcome: JoinOutcome
    effect: Effect
    email_key: str
    command: JoinMember


async def join_member(
    tx: Tx, asker: Principal, audience_ids: AudienceIds, command: JoinMember
) -> JoinedMember:
    """Make a member, or where the e-mail is known already an affiliation of one; what is said of their person fills
    what is empty, and is suggested where their profile says something else.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate, `Refused` for years that can't be, for
    what is no address, for one that another person has, or who was erased, and for an unknown organisation or
    programme.
    """
    asker.require_coordinator(command.organisation)
    require_possible(command.cohort, command.completed_on)
    [decision] = await join_members(tx, audience_ids, [command])
    if decision.outcome is JoinOutcome.REFUSED:
        raise Refused("address-of-another", "Someone with another name has this e-mail address.")
    if decision.outcome is JoinOutcome.ERASED:
        raise Refused(
            "person-erased",
            "Whoever has this e-mail address was erased, and isn't added again. Only they can allow it.",
        )
    return JoinedMember(member=decision.member, outcome=decision.outcome)


async def join_members(
    tx: Tx, audience_ids: AudienceIds, commands: Sequence[JoinMember]
) -> list[JoinDecision]:
    """What became of each command, in their order. `MemberJoined` and `MemberChanged` are published;
    the world hears of it in a release.

    Raises `Refused` for what is no address, and for an unknown organisation or programme; then nothing was done.
    """
    await require_programmes(tx, {(c.organisation, c.programme) for c in commands})
    keys = [require_email_key(command) for command in commands]
    await lock_addresses(tx, keys)
    known = await load_known(tx, audience_ids, keys, {c.organisation for c in commands}, lock=True)
    decisions = await asyncio.to_thread(_decide_joins, known, keys, commands)
    new = [d for d in decisions if d.outcome is JoinOutcome.JOINED]
    added = [d for d in decisions if d.outcome in (JoinOutcome.JOINED, JoinOutcome.AFFILIATED)]
    await _insert_members(tx, new)
    await _insert_affiliations(tx, added)
    await write_statements(tx, [_read_stated(d) for d in decisions if d.outcome in _TOLD])
    joined = dict.fromkeys(d.member for d in new)
    changed = dict.fromkeys(d.member for d in decisions if d.outcome in _CHANGING and d.member not in joined)
    await profiles.publish_members(tx, audience_ids, list(joined), list(changed))
    await publications.mark_due(tx, list(dict.fromkeys(d.member for d in added)))
    return decisions


def _read_stated(decision: JoinDecision) -> Stated:
    affiliated = decision.outcome is JoinOutcome.AFFILIATED
    return Stated(decision.member, decision.command.statement.affiliation, decision.effect, affiliated)


def require_email_key(command: JoinMember) -> str:
    """The key of the command's address. Raises `Refused` for what is no address."""
    try:
        return address_key(command.email)
    except ValueError:
        raise Refused("email-invalid", "The e-mail address is none.") from None


def require_possible(cohort: int | None, completed_on: date | None) -> None:
    """As the rows of lists are judged, which are read in the year in which they come. Raises `Refused`."""
    this_year = datetime.now(UTC).year
    if cohort is not None and not is_cohort(cohort, this_year):
        raise Refused("cohort-invalid", "A cohort is a year from 1950 to this one.")
    if completed_on is not None and not is_completion(completed_on, this_year):
        raise Refused("date-invalid", "A programme is completed on a day from 1900 to ten years from now.")


def _decide_joins(
    known: KnownMembers, email_keys: Sequence[str], commands: Sequence[JoinMember]
) -> list[JoinDecision]:
    """What becomes of each command. Beside the event loop, as hundreds of names may take long to compare."""
    return [
        JoinDecision(*known.decide_join(key, command.statement), key, command)
        for key, command in zip(email_keys, commands, strict=True)
    ]


async def require_programmes(tx: Tx, named: set[tuple[str, str | None]]) -> None:
    """Raises `Refused` for an unknown organisation, or a programme that isn't its own."""
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
