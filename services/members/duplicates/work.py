"""The work of duplicates: newcomers are compared with the members next to them."""

from services.members.duplicates import finding
from shared.runtime.items import ItemWork

# Some newcomers are compared in one transaction of less than a second.
COMPARING = ItemWork(finding.WORKER, finding.find_newcomers, finding.compare_newcomers)
