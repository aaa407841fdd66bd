"""The message door of events: what members publishes."""

from services.events import erasures, members, organisations
from shared.contracts import catalogue
from shared.messaging.routes import Routes

ROUTES: Routes = {
    catalogue.ORGANISATION: organisations.project,
    catalogue.PROFILE: members.project,
    catalogue.ERASURE: erasures.erase,
}
