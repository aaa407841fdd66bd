"""What waits for an operator in a service, as its console shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from shared.contracts.refusals import NotFound
from shared.messaging.consumer import parking
from shared.postgres.pool import Tx
from shared.runtime import attempts

KEYS_SHOWN = 100
FAILED_SHOWN = 100


@dataclass(frozen=True)
class Figures:
    """What waits for an operator: `causes` of parked keys, and the first FAILED_SHOWN items that have failed."""

    causes: Sequence[asyncpg.Record]
    failed: Sequence[asyncpg.Record]


@dataclass(frozen=True)
class Cause:
    """Why keys are parked, how many with how many messages, and the first KEYS_SHOWN of them."""

    fingerprint: str
    keys: int
    messages: int
    shown: Sequence[asyncpg.Record]


async def read_figures(tx: Tx) -> Figures:
    """What waits in the service's database."""
    return Figures(await parking.list_causes(tx), await attempts.list_failed(tx, FAILED_SHOWN))


async def read_cause(tx: Tx, fingerprint: str) -> Cause:
    """One cause. Raises `NotFound` if no key is parked for it (any more)."""
    keys, messages = await parking.count_cause(tx, fingerprint)
    if not keys:
        raise NotFound("cause-unknown", "No key is parked for this cause.")
    return Cause(fingerprint, keys, messages, await parking.list_keys(tx, fingerprint, KEYS_SHOWN))
