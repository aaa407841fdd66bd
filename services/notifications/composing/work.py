"""The composing of what is due, in one transaction a batch."""

from services.notifications.composing import composer
from services.notifications.composing.composer import Composer
from shared.runtime.items import ItemWork
from shared.runtime.worker import Worker, build_item_worker


def build_composing_worker(texts: Composer) -> Worker:
    """The worker that composes."""
    work = ItemWork(composer.WORKER, composer.find_uncomposed, texts.compose_texts, composer.fail_delivery)
    return build_item_worker(work, every=0.2)
