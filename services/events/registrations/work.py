"""Work of registrations that waits: those who move up in a page of its own."""

from services.events.registrations import waiting_list
from shared.runtime.items import ItemWork
from shared.runtime.worker import build_item_worker

MOVING_UP = ItemWork(waiting_list.WORKER, waiting_list.find_moving, waiting_list.continue_moving)
WORKERS = (build_item_worker(MOVING_UP, every=0.5),)
