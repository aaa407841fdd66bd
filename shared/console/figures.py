"""How a service does, as its console shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.consumer import parking
from shared.postgres.pool import Tx
from shared.runtime import attempts

KEYS_SHOWN = 100
# No message of a relay that works is so old, in seconds.
UNSENT_SECONDS = 5.0


@dataclass(frozen=True)
class Figures:
    """`unsent`: the age of the oldest message that isn't sent, in seconds. `causes` and `failed`: what waits for an
    operator."""

    unsent: float
    causes: Sequence[asyncpg.Record]
    failed: Sequence[asyncpg.Record]

    @property
    def parked(self) -> int:
        """How many keys are parked."""
        return sum(cause["keys"] for cause in self.causes)

    @property
    def is_behind(self) -> bool:
        """Whether messages wait longer than they do when all is well."""
        return self.unsent > UNSENT_SECONDS


@dataclass(frozen=True)
class Cause:
    """Why keys are parked, how many with how many messages, and the first KEYS_SHOWN of them."""

    fingerprint: str
    keys: int
    messages: int
    shown: Sequence[asyncpg.Record]


async def read_figures(tx: Tx) -> Figures:
    """What the service's database says."""
    causes, failed = await parking.list_causes(tx), await attempts.list_failed(tx)
    return Figures(await outbox.unsent_seconds(tx), causes, failed)


async def read_cause(tx: Tx, fingerprint: str) -> Cause:
    """One cause. Raises `NotFound` if no key is parked for it (any more)."""
    keys, messages = await parking.count_cause(tx, fingerprint)
    if not keys:
        raise NotFound("cause-unknown", "No key is parked for this cause.")
    return Cause(fingerprint, keys, messages, await parking.list_keys(tx, fingerprint, KEYS_SHOWN))
