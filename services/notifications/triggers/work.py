"""Work of triggers that waits: members who are to hear what became of an offer, page by page."""

from services.notifications.triggers import cancellations, changes
from shared.runtime.items import ItemWork
from shared.runtime.worker import Worker, build_item_worker


def build_telling_workers() -> list[Worker]:
    """The workers that tell those whom the own transaction of a cancellation or a change left."""
    works = (
        ItemWork(cancellations.WORKER, cancellations.find_untold, cancellations.continue_telling),
        ItemWork(changes.WORKER, changes.find_untold, changes.continue_telling),
    )
    return [build_item_worker(work, every=0.5) for work in works]
