"""The message handlers of matching, by topic."""

from functools import partial

from services.matching.erasure import erasure
from services.matching.replicas import members
from shared.access import accounts
from shared.contracts import catalogue
from shared.messaging.consumer.routes import Routes
from shared.messaging.projection import Projection
from shared.runtime.disclosure.disclosing import take_requests

ROUTES: Routes = {
    catalogue.ACCOUNT: accounts.project_accounts,
    catalogue.PROFILE: erasure.apply_profiles,
    catalogue.ERASURE: erasure.handle_erasures,
    catalogue.DISCLOSURE: partial(take_requests, service="matching"),
}

PROJECTIONS = (
    Projection(catalogue.ACCOUNT, "account", "account", accounts.project_accounts),
    Projection(catalogue.PROFILE, "person", "member", members.project_profiles, needed=members.REFERENCED),
)
