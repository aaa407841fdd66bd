"""The message handlers of events, for what members publishes."""

from functools import partial

from services.events import erasure
from services.events.replicas import members, organisations
from shared.access import accounts
from shared.contracts import catalogue
from shared.messaging.consumer.routes import Routes
from shared.messaging.projection import Projection
from shared.runtime.disclosure.disclosing import take_requests

ROUTES: Routes = {
    catalogue.ORGANISATION: organisations.project_organisations,
    catalogue.ACCOUNT: accounts.project_accounts,
    catalogue.PROFILE: erasure.apply_profiles,
    catalogue.ERASURE: erasure.handle_erasures,
    catalogue.DISCLOSURE: partial(take_requests, service="events"),
}

PROJECTIONS = (
    Projection(catalogue.ORGANISATION, "organisation", "organisation", organisations.project_organisations),
    Projection(catalogue.ACCOUNT, "account", "account", accounts.project_accounts),
    Projection(catalogue.PROFILE, "member", "member", members.project_members),
)
