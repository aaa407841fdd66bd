"""What waits for the coordinators of an organisation."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.members.duplicates import duplicates
from services.members.imports import recent_imports
from services.members.imports.recent_imports import RecentImport
from services.members.mandates import mandates
from shared.access.principal import Principal
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.paging import PageRequest

# More aren't counted.
MOST = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits; counts end at MOST. `faulty` are lists of the last days with rows that couldn't be taken."""

    duplicates: int
    mandates: int
    running: Sequence[RecentImport]
    faulty: Sequence[RecentImport]

    @property
    def things(self) -> int:
        """For how much somebody has to do something."""
        return self.duplicates + len(self.faulty)


async def read_waiting(tx: Tx, asker: Principal, organisation: Slug) -> Waiting:
    """What waits for the coordinators of the organisation, who are asking."""
    own = asker.acting_for(organisation)
    pairs = await duplicates.list_duplicates(tx, own, PageRequest(MOST, None))
    waiting = await mandates.count_waiting(tx, organisation, MOST)
    running = await recent_imports.list_running(tx, organisation)
    faulty = await recent_imports.list_faulty(tx, organisation)
    return Waiting(len(pairs.items), waiting, running, faulty)
