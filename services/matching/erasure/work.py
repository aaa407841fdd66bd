"""Work of erasure that waits: members whom more requests name than one transaction changes."""

from services.matching.erasure import erasing
from shared.runtime.items import ItemWork

ERASING = ItemWork(erasing.WORKER, erasing.find_unfinished, erasing.continue_erasures)
