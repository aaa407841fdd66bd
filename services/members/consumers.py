"""The message handlers of members: the other services' reports on erasures."""

from functools import partial

from services.members.erasure.orders import close_orders
from shared.contracts.catalogue import ERASURE_REPORTS
from shared.messaging.consumer.routes import Routes

ROUTES: Routes = {topic: partial(close_orders, service=topic.owner) for topic in ERASURE_REPORTS}
