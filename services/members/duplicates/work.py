"""The work of duplicates: newcomers are compared with the members next to them."""

from services.members.duplicates import finding
from shared.runtime.items import ItemWork

# As many newcomers are compared in one transaction as its pairs and its time allow.
COMPARING = ItemWork(finding.WORKER, finding.find_newcomers, finding.compare_newcomers)
