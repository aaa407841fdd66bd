"""Coming back: whoever was erased, and proves the address, allows that organisations add them again."""

from services.members.accounts import accounts
from services.members.members import erased_addresses
from services.members.members.audience_ids import AudienceIds
from shared.access.principal import Principal
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx


async def was_erased(tx: Tx, asker: Principal, audience_ids: AudienceIds) -> bool:
    """Whether the asker has proved the address of somebody who was erased."""
    key = await accounts.find_mailbox(tx, asker.account)
    return key is not None and bool(await erased_addresses.find_erased(tx, audience_ids, [key]))


async def allow_return(tx: Tx, asker: Principal, audience_ids: AudienceIds) -> None:
    """Let organisations add the asker again, by the address that they have proved; a repeat changes nothing.

    Raises `NotFound` for whoever has proved none.
    """
    key = await accounts.find_mailbox(tx, asker.account)
    if key is None:
        raise NotFound("address-unknown", "You haven't proved an address here.")
    await erased_addresses.forget_address(tx, audience_ids, key)
