"""The message door of matching: which verb takes the messages of which topic."""

from services.matching import erasures
from shared.contracts import catalogue
from shared.messaging.routes import Routes

ROUTES: Routes = {
    catalogue.PROFILE: erasures.follow_profiles,
    catalogue.ERASURE: erasures.obey,
}
