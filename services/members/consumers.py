"""The message handlers of members: the other services' reports on erasures, and what they tell of a member."""

from functools import partial

from services.members.disclosure.disclosures import take_parts
from services.members.erasure.orders import close_orders
from shared.contracts.catalogue import DISCLOSURES, ERASURE_REPORTS
from shared.messaging.consumer.routes import Routes

ROUTES: Routes = {
    **{topic: partial(close_orders, service=topic.owner) for topic in ERASURE_REPORTS},
    **{topic: partial(take_parts, service=topic.owner) for topic in DISCLOSURES},
}
