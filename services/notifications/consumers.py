"""The message door of notifications. Projections come first, so that a batch finds its own members and offers."""

from services.notifications import erasures, mentorships, offers, organisations, recipients, registrations
from shared.contracts import catalogue
from shared.messaging.rebuild import Projection
from shared.messaging.routes import Routes, each

ROUTES: Routes = {
    catalogue.ORGANISATION: organisations.follow,
    catalogue.PROFILE: recipients.follow,
    catalogue.OFFER: offers.follow,
    catalogue.REGISTRATION: registrations.follow,
    catalogue.MENTORSHIP: each(mentorships.follow),
    catalogue.ERASURE: erasures.order,
}

PROJECTIONS = (
    Projection(catalogue.ORGANISATION, "organisation", "organisation", organisations.project),
    Projection(catalogue.PROFILE, "recipient", "member", recipients.project),
    Projection(catalogue.OFFER, "offer", "offer", offers.project),
    Projection(catalogue.REGISTRATION, "registration", "registration", registrations.project),
    Projection(catalogue.MENTORSHIP, "mentorship", "request", mentorships.project),
)
