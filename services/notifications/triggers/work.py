"""Work of triggers that waits: members who are to hear of a cancellation, page by page."""

from services.notifications.triggers import cancellations
from shared.runtime.items import ItemWork
from shared.runtime.worker import Worker, build_item_worker


def build_telling_worker() -> Worker:
    """The worker that tells those whom the cancellation's own transaction left."""
    work = ItemWork(cancellations.WORKER, cancellations.find_untold, cancellations.continue_telling)
    return build_item_worker(work, every=0.5)
