"""Work of events that waits for a time: counts to publish, offers that are over."""

from services.events.offers import lifecycle, seat_counts
from shared.runtime.items import ItemWork
from shared.runtime.worker import build_item_worker

WORKERS = (
    build_item_worker(ItemWork("counts", seat_counts.find_due, seat_counts.publish_counts), every=0.5),
    build_item_worker(ItemWork("completion", lifecycle.find_over, lifecycle.complete_offers), every=30),
)
