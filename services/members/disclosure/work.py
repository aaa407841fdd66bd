"""The work of disclosures that waits: members' own parts, services that are asked again, and what expires."""

from collections import Counter

import structlog

from services.members.disclosure import disclosures
from services.members.disclosure.holdings import HOLDINGS
from shared.postgres.pool import Pool, transaction
from shared.runtime.disclosure.disclosing import build_disclosing

log = structlog.get_logger(__name__)

DISCLOSING = build_disclosing(HOLDINGS, disclosures.store_own_part)


async def watch_disclosures(pool: Pool) -> int:
    """Ask those services again that haven't told all, and remove what is expired; returns how much was done."""
    async with transaction(pool) as tx:
        asked = await disclosures.ask_again(tx)
    for service, number in Counter(asked).items():
        log.warning("disclosure.answer.late", service=service, disclosures=number)
    async with transaction(pool) as tx:
        removed = await disclosures.remove_expired(tx)
    return len(asked) + removed
