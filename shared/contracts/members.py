"""What the members service publishes: organisations, members, profiles, erasure orders."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.model import N_, Contract, Country, Language, Slug


class OrganisationKind(StrEnum):
    """What an organisation is."""

    ASSOCIATION = "association"
    CHAMBER = "chamber"
    COMPANY_NETWORK = "company-network"
    FOUNDATION = "foundation"
    INSTITUTE = "institute"
    MINISTRY = "ministry"
    MISSION = "mission"
    MUNICIPALITY = "municipality"
    PARLIAMENT = "parliament"


class Role(StrEnum):
    """What a member is to an organisation."""

    ALUMNUS = "alumnus"
    COLLEAGUE = "colleague"
    FORMER_ASSISTANT = "former-assistant"
    MODERATOR = "moderator"
    STAFF = "staff"
    VOLUNTEER = "volunteer"


class MandateRole(StrEnum):
    """What an account may do for others."""

    COORDINATOR = "coordinator"
    OPERATOR = "operator"
    PARTNER_SYSTEM = "partner-system"


class Organisation(Contract):
    """`members.organisation.v1`: an organisation as it is now."""

    organisation: Slug = Field(
        description=N_("its name in addresses and on all topics, and the record's key")
    )
    name: str = Field(description=N_("as it calls itself"))
    kind: OrganisationKind = Field(description=N_("what it is"))
    country: Country = Field(description=N_("whose it is"))
    host_country: Country | None = Field(None, description=N_("of a mission: where it stands"))
    jurisdiction: tuple[Country, ...] = Field(
        (), description=N_("of a mission: the countries it answers for")
    )
    languages: tuple[Language, ...] = Field((), description=N_("languages in which it works"))


class PublicAffiliation(Contract):
    """Which programme of which organisation a member took part in."""

    organisation: Slug = Field(description=N_("whose member"))
    programme: Slug | None = Field(None, description=N_("of alumni: what they took part in"))


class Member(Contract):
    """`members.member.v1`: that someone is a member. Nothing here tells who."""

    public_id: UUID = Field(description=N_("the member's id on this topic only, and the record's key"))
    affiliations: tuple[PublicAffiliation, ...] = Field(
        (), description=N_("to which organisations the member belongs")
    )


class Affiliation(Contract):
    """What a member is to one organisation."""

    organisation: Slug
    programme: Slug | None = None
    role: Role = Role.ALUMNUS
    cohort: int | None = Field(None, description="year, of alumni")
    organisation_id: UUID = Field(description="the member's id for this organisation only")
    invited_at: datetime | None = Field(None, description="when the organisation invited the member; once")


class Profile(Contract):
    """`members.profile.v1` (personal, internal): all that the services need to know of a member."""

    member: UUID
    public_id: UUID | None = Field(None, description="no longer given: nothing tells both ids")
    given_name: str = Field(description="empty if the member's one name is the family name")
    family_name: str = Field(description="empty if the member's one name is the given name")
    email: str
    language: Language = "en"
    origin: Country | None = None
    residence: Country | None = None
    posting: Slug | None = Field(None, description="the mission where the member is posted")
    languages: tuple[Language, ...] = ()
    themes: tuple[Slug, ...] = ()
    regions: tuple[Slug, ...] = Field((), description="regions of expertise")
    branch: str | None = None
    advises: bool = Field(False, description="offers advice to other members")
    affiliations: tuple[Affiliation, ...] = ()


class Erasure(Contract):
    """`members.erasure.v1`: every service removes this member from its tables, now."""

    member: UUID
    ordered_at: datetime = Field(
        description="when the order was given; of one that is given again, when that was"
    )
    address_hashes: tuple[str, ...] = Field(
        (), description="by what members knows the addresses again after a restore, and nobody else"
    )


class ErasureReport(Contract):
    """`<service>.erasure.v1`: this service has removed the member from its tables."""

    member: UUID
    ordered_at: datetime = Field(description="as in the order that was carried out")


class Disclosure(Contract):
    """`members.disclosure.v1`: these services tell the member, by way of members, all that they hold about them."""

    member: UUID
    asked_at: datetime = Field(description="when it was asked; of what is asked again, when that was")
    services: tuple[str, ...] = Field(description="who is asked")


class DisclosurePart(Contract):
    """`<service>.disclosure.v1` (personal, internal): a part of what this service holds about the member."""

    member: UUID
    asked_at: datetime = Field(description="as in the message that asked")
    part: int = Field(ge=1, description="its number, from 1")
    last: bool = Field(description="no part follows")
    content: str = Field(description="JSON: records by the name of what they are")


class AccountIdentity(Contract):
    """How an issuer of tokens names an account."""

    issuer: str = Field(description="the issuer's URL, as its tokens have it")
    subject: str


class GivenMandate(Contract):
    """What an account may do for whom."""

    role: MandateRole
    scope: str = Field("", description="the organisation; empty for the whole installation")
    since: datetime


class Account(Contract):
    """`members.account.v1` (personal, internal): who signs in, for which member, and what they may do for others."""

    account: UUID
    member: UUID | None = None
    identities: tuple[AccountIdentity, ...] = ()
    mandates: tuple[GivenMandate, ...] = ()
    not_before: datetime | None = Field(None, description="whoever signed in earlier must sign in again")


class AddressMailKind(StrEnum):
    """What a mail to an address is for."""

    SIGN_IN = "sign-in"
    ADDRESS_PROOF = "address-proof"
    MANDATE = "mandate"


class AddressMailText(StrEnum):
    """Texts of mails that came after the kinds: a reader who doesn't know one takes that of the kind."""

    DISCLOSURE = "disclosure"
    LEAVING = "leaving"


class AddressMail(Contract):
    """`members.address-mail.v1` (personal, internal): a mail to an address, of which it isn't known yet whose it is.

    Its link is of no use to whoever reads it here: it takes the browser that asked, or the digits that are shown there.
    """

    mail: UUID
    kind: AddressMailKind
    address: str
    language: Language = "en"
    link: str
    valid_until: datetime = Field(description="nothing is sent later")
    organisation: str = Field("", description="of a mandate: whose, as it calls itself")
    member: UUID | None = Field(None, description="whose address it is, if that is known")
    text: str = Field("", description="which text it has, if it is another than the kind's")
