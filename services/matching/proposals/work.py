"""Work of matching that waits: proposals to advisers who can't take them on any more."""

from services.matching.proposals import lapsing
from shared.runtime.items import ItemWork
from shared.runtime.worker import build_item_worker

LAPSING = ItemWork(lapsing.WORKER, lapsing.find_unchecked, lapsing.lapse_proposals)
WORKERS = (build_item_worker(LAPSING, every=0.5),)
