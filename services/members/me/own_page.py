"""What a member finds on the page that is theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.members.accounts import addresses
from services.members.members import history, profiles, suggestions
from services.members.members.audience_ids import AudienceIds
from services.members.members.history import ProfileChange
from services.members.members.suggestions import Suggestion
from services.members.organisations import organisations
from shared.access.principal import Principal
from shared.contracts.members import MandateRole, Profile
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx

# Without these nobody finds a member for advice or an invitation.
_WISHED = ("residence", "languages", "themes")


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The profile, the addresses (the primary one first), the last changes, what is suggested, organisations' names by
    their slugs, and names of programmes by the organisation's and their own."""

    profile: Profile
    addresses: Sequence[str]
    changes: Sequence[ProfileChange]
    suggestions: Sequence[Suggestion]
    organisations: Mapping[str, str]
    programmes: Mapping[tuple[str, str], str]

    @property
    def name(self) -> str:
        """The member's names, as they are written one after the other."""
        return join_names(self.profile)

    @property
    def missing(self) -> Sequence[str]:
        """Fields that are empty, and without which the member is hardly found."""
        wished = [*_WISHED, *(["regions"] if self.profile.advises else [])]
        return [name for name in wished if not getattr(self.profile, name)]


def find_home(asker: Principal) -> str | None:
    """Where somebody begins who is no member: at the console, or with the first organisation of theirs."""
    if asker.is_operator:
        return "/console"
    coordinated = sorted(asker.organisations(MandateRole.COORDINATOR))
    return f"/organisations/{coordinated[0]}" if coordinated else None


async def read_own_page(tx: Tx, audience_ids: AudienceIds, member: UUID) -> OwnPage:
    """All that the page says. Raises `NotFound` for whoever is no member any more."""
    found = await profiles.read_profiles(tx, audience_ids, [member])
    if not found:
        raise NotFound("member-unknown", "No member has this id.")
    profile = found[0][0]
    return OwnPage(
        profile=profile,
        addresses=await addresses.list_addresses(tx, member),
        changes=await history.list_changes(tx, member),
        suggestions=await suggestions.list_open(tx, member),
        organisations=await organisations.read_names(tx),
        programmes=await organisations.read_programmes(
            tx, {each.organisation for each in profile.affiliations}
        ),
    )


def join_names(profile: Profile) -> str:
    """The names of somebody, as they are written one after the other."""
    return f"{profile.given_name} {profile.family_name}".strip()
