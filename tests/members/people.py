"""People for the tests of members: who has joined, who has signed in, and as what."""

from uuid import UUID, uuid4

from services.members.accounts import accounts, addresses, announcements
from services.members.accounts.accounts import Proof
from services.members.erasure import erasure
from services.members.mandates import mandates
from services.members.mandates.mandates import GiveMandate
from services.members.members import joining
from services.members.members.audience_ids import AudienceIds
from services.members.members.joining import JoinMember
from services.members.organisations import organisations
from services.members.organisations.organisations import DescribeOrganisation
from services.members.sign_in import links
from services.members.sign_in.links import Asking
from shared.access.principal import Mandate, Principal
from shared.contracts.members import MandateRole, OrganisationKind
from shared.postgres.pool import Pool, transaction
from shared.testing.access import build_headers

OPERATOR = Principal(uuid4(), mandates=frozenset({Mandate(MandateRole.OPERATOR)}))
ISSUER = "https://issuer.example.org"
KIM = "kim@example.org"
COLLEAGUE = {"role": "coordinator", "organisation": "daad", "email": "Kim@Example.org", "language": "de"}
# The tables that hold something of a member who signs in.
TRACED = ("account", "identity", "mandate", "member_address", "opened_account", "sign_in_link")


async def forget_all(pool: Pool) -> None:
    """Leave no organisation, and nothing of anybody."""
    await pool.execute(
        "TRUNCATE organisation, member, account, opened_account, sign_in_link, sign_in_errand, disclosing, outbox,"
        " audit, erased CASCADE"
    )


async def add_organisation(pool: Pool, organisation: str) -> None:
    """An organisation by this name."""
    described = DescribeOrganisation(name=organisation.upper(), kind=OrganisationKind.INSTITUTE, country="DE")
    async with transaction(pool) as tx:
        await organisations.describe_organisation(tx, OPERATOR, organisation, described)


async def join(pool: Pool, email: str, organisation: str = "daad") -> UUID:
    """A member with this address."""
    command = JoinMember(given_name="Kim", family_name="Beispiel", email=email, organisation=organisation)
    async with transaction(pool) as tx:
        [joined] = await joining.join_members(tx, AudienceIds(bytes.fromhex("5e" * 32)), [command])
    return joined.member


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


async def leave_traces(pool: Pool, member: UUID | str, address: str) -> None:
    """Have an account, one more address, a mandate that waits, and a link on its way."""
    await open_account(pool, address)
    command = GiveMandate(role=MandateRole.COORDINATOR, organisation="giz", email=address)
    asking = Asking(address, "browser", "en", "/me", "https://network.example.org")
    async with transaction(pool) as tx:
        await addresses.add_address(tx, UUID(str(member)), f"work.{address}")
        await mandates.give_mandate(tx, None, command, asking.site)
        await links.send_link(tx, AudienceIds(bytes.fromhex("5e" * 32)), asking)
