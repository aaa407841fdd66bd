"""An organisation's coordinators say something of a member's person: it fills what is empty, the rest is suggested."""

from uuid import UUID

from pydantic import Field

from services.members.members import profiles, stating, suggestions
from services.members.members.audience_ids import AudienceIds
from services.members.members.rules import AffiliationKey
from services.members.members.statements import Effect, compare_profile
from services.members.members.stating import Stated
from shared.access.principal import Principal
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, OptionalName, Plain
from shared.runtime.vocabulary_types import KnownCountry, KnownLanguage, KnownRegion, Theme


class StateProfile(Command):
    """What the organisation knows of the person; what is empty says nothing."""

    given_name: OptionalName = ""
    family_name: OptionalName = ""
    origin: KnownCountry | None = None
    residence: KnownCountry | None = None
    posting: Slug | None = None
    languages: list[KnownLanguage] = Field(default=[], max_length=30)
    themes: list[Theme] = Field(default=[], max_length=30)
    regions: list[KnownRegion] = Field(default=[], max_length=30)
    branch: Plain | None = None


async def state_profile(
    tx: Tx,
    asker: Principal,
    audience_ids: AudienceIds,
    organisation: Slug,
    member: UUID,
    command: StateProfile,
) -> Effect:
    """Fill what the profile leaves empty, whereupon `MemberChanged` goes out, and suggest the rest to the member.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate, `NotFound` for whoever isn't its member.
    """
    asker.require_coordinator(organisation)
    row = await tx.fetchrow("SELECT * FROM member WHERE member = $1 FOR NO KEY UPDATE", member)
    held = await tx.fetchrow(
        "SELECT organisation, programme, role FROM affiliation WHERE member = $1 AND organisation = $2 LIMIT 1",
        member,
        organisation,
    )
    if row is None or held is None:
        raise NotFound("member-unknown", "No member has this id.")
    effect = compare_profile(dict(row), command.model_dump())
    known = await suggestions.load_values(tx, [member], [organisation])
    asked = {key.field: value for key, value in known.items()}
    effect = effect._replace(
        suggested={field: value for field, value in effect.suggested.items() if asked.get(field) != value}
    )
    await stating.write_statements(tx, [Stated(member, AffiliationKey(*held), effect)])
    if effect.filled:
        await profiles.publish_members(tx, audience_ids, new=(), changed=[member])
    return effect
