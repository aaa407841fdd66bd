"""The message door of matching: which verb takes the messages of which topic."""

from services.matching import erasure
from services.matching.replicas import members
from shared.contracts import catalogue
from shared.messaging.projection import Projection
from shared.messaging.routes import Routes

ROUTES: Routes = {
    catalogue.PROFILE: erasure.follow_profiles,
    catalogue.ERASURE: erasure.obey,
}

PROJECTIONS = (Projection(catalogue.PROFILE, "person", "member", members.project, needed=members.NEEDED),)
