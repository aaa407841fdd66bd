"""How many deliveries are in each state from which they still go somewhere, or won't without an operator."""

from collections.abc import Mapping

from services.notifications.deliveries.entries import DeliveryState
from services.notifications.deliveries.words import STATES
from services.notifications.site import SITE
from shared.console.readings import MOST, States
from shared.contracts.model import N_
from shared.postgres.pool import Tx

UNFINISHED = (
    DeliveryState.WAITING,
    DeliveryState.DUE,
    DeliveryState.FAILED,
    DeliveryState.HELD,
    DeliveryState.UNDELIVERABLE,
)
# Each state stands in the text, so that the index of this state alone is found.
_COUNTS = ", ".join(
    f"(SELECT count(*) FROM (SELECT FROM delivery WHERE state = '{state.value}' LIMIT {MOST}) AS one) AS {state.value}"
    for state in UNFINISHED
)


async def count_unfinished(tx: Tx) -> Mapping[str, int]:
    """How many are in each of the states UNFINISHED, by its name, at most MOST of each."""
    counted = await tx.fetchrow(f"SELECT {_COUNTS}")
    assert counted is not None
    return {STATES[state]: counted[state.value] for state in UNFINISHED}


CONSOLE_STATES = States(SITE, N_("Deliveries by state"), count_unfinished)
