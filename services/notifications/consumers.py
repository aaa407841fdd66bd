"""The message door of notifications. Projections come first, so that a batch finds its own members and offers."""

from services.notifications import erasure
from services.notifications.replicas import organisations
from services.notifications.triggers import cancellations, invitations, mentorships, registrations
from shared.contracts import catalogue
from shared.messaging.projection import Projection
from shared.messaging.routes import Routes, for_each

ROUTES: Routes = {
    catalogue.ORGANISATION: organisations.follow,
    catalogue.PROFILE: invitations.follow,
    catalogue.OFFER: cancellations.follow,
    catalogue.REGISTRATION: registrations.follow,
    catalogue.MENTORSHIP: for_each(mentorships.follow),
    catalogue.ERASURE: erasure.order,
}

PROJECTIONS = (
    Projection(catalogue.ORGANISATION, "organisation", "organisation", organisations.project),
    Projection(catalogue.PROFILE, "recipient", "member", invitations.project),
    Projection(catalogue.OFFER, "offer", "offer", cancellations.project),
    Projection(catalogue.REGISTRATION, "registration", "registration", registrations.project),
    Projection(catalogue.MENTORSHIP, "mentorship", "request", mentorships.project),
)
