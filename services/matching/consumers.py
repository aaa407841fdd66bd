"""The message door of matching: which verb takes the messages of which topic."""

from services.matching import erasures, persons
from shared.contracts import catalogue
from shared.messaging.rebuild import Projection
from shared.messaging.routes import Routes

ROUTES: Routes = {
    catalogue.PROFILE: erasures.follow_profiles,
    catalogue.ERASURE: erasures.obey,
}

PROJECTIONS = (Projection(catalogue.PROFILE, "person", "member", persons.project, needed=persons.NEEDED),)
