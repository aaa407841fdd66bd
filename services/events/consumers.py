"""The message door of events: what members publishes."""

from services.events import erasure
from services.events.replicas import members, organisations
from shared.contracts import catalogue
from shared.messaging.consumer.routes import Routes
from shared.messaging.projection import Projection

ROUTES: Routes = {
    catalogue.ORGANISATION: organisations.project,
    catalogue.PROFILE: members.project,
    catalogue.ERASURE: erasure.erase,
}

PROJECTIONS = (
    Projection(catalogue.ORGANISATION, "organisation", "organisation", organisations.project),
    Projection(catalogue.PROFILE, "member", "member", members.project),
)
