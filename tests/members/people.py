"""People for the tests of members: who has joined, who has signed in, and as what."""

from uuid import UUID, uuid4

from services.members.accounts import accounts, announcements
from services.members.accounts.accounts import Proof
from services.members.erasure import erasure
from services.members.mandates import mandates
from services.members.mandates.mandates import GiveMandate
from services.members.members import joining
from services.members.members.audience_ids import AudienceIds
from services.members.members.joining import JoinMember
from services.members.organisations import organisations
from services.members.organisations.organisations import DescribeOrganisation
from shared.access.principal import Mandate, Principal
from shared.contracts.members import MandateRole, OrganisationKind
from shared.postgres.pool import Pool, transaction
from shared.testing.access import build_headers
from shared.testing.services import ORGANISATIONS

# Who has set the network up, as far as tests are concerned.
FOUNDER = Principal(
    uuid4(),
    mandates=frozenset(
        {Mandate(MandateRole.OPERATOR), *(Mandate(MandateRole.COORDINATOR, each) for each in ORGANISATIONS)}
    ),
)
ISSUER = "https://issuer.example.org"


async def add_organisation(pool: Pool, organisation: str) -> None:
    """An organisation by this name."""
    described = DescribeOrganisation(name=organisation.upper(), kind=OrganisationKind.INSTITUTE, country="DE")
    async with transaction(pool) as tx:
        await organisations.describe_organisation(tx, FOUNDER, organisation, described)


async def join(pool: Pool, email: str, organisation: str = "daad") -> UUID:
    """A member with this address."""
    command = JoinMember(given_name="Kim", family_name="Beispiel", email=email, organisation=organisation)
    async with transaction(pool) as tx:
        return (await joining.join_member(tx, FOUNDER, AudienceIds(bytes.fromhex("5e" * 32)), command)).member


async def open_account(pool: Pool, address: str | None = None, subject: str = "") -> UUID:
    """The account of whom an issuer knows by this subject, with an address that it has proved."""
    async with transaction(pool) as tx:
        opened = await accounts.recognise_account(tx, Proof(ISSUER, subject or address or "", address))
        if address:
            await mandates.take_up_mandates(tx, opened.account, address)
        await announcements.publish_accounts(tx, [opened.account])
    return opened.account


async def appoint(pool: Pool, role: MandateRole, organisation: str | None, subject: str) -> dict[str, str]:
    """Headers of somebody to whom the command line has given this mandate."""
    account = await open_account(pool, subject=subject)
    command = GiveMandate(role=role, organisation=organisation, account=account)
    async with transaction(pool) as tx:
        await mandates.give_mandate(tx, None, command, "https://network.example.org")
    return build_headers(account)


async def erase(pool: Pool, member: UUID) -> None:
    """Order the member's erasure."""
    async with transaction(pool) as tx:
        await erasure.order_erasure(tx, AudienceIds(bytes.fromhex("5e" * 32)), member)
