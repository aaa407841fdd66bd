"""How many of everything there is at the moment, without persons: for operators and tests to compare."""

from collections.abc import Mapping

from services.events.offers.rules import LifecycleState
from shared.contracts.events import RegistrationState
from shared.contracts.model import Contract
from shared.postgres.pool import Tx


class EventStatistics(Contract):
    """Offers and registrations by their state; organisations and members that are known here."""

    offers: Mapping[LifecycleState, int]
    registrations: Mapping[RegistrationState, int]
    organisations: int
    members: int


async def count_all(tx: Tx) -> EventStatistics:
    """The statistics of one moment."""
    offers = await tx.fetch("SELECT state, count(*) FROM offer GROUP BY state")
    registrations = await tx.fetch("SELECT state, count(*) FROM registration GROUP BY state")
    return EventStatistics(
        offers=dict.fromkeys(LifecycleState, 0) | {LifecycleState(state): n for state, n in offers},
        registrations=dict.fromkeys(RegistrationState, 0)
        | {RegistrationState(state): n for state, n in registrations},
        organisations=await tx.fetchval("SELECT count(*) FROM organisation"),
        members=await tx.fetchval("SELECT count(*) FROM member"),
    )
