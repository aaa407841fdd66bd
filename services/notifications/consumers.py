"""The message handlers of notifications by topic, and the projections that fill its replicas."""

from functools import partial

from services.notifications import erasure
from services.notifications.address_mails.address_mails import take_mails
from services.notifications.replicas.members import project_members
from services.notifications.replicas.mentorships import project_mentorships
from services.notifications.replicas.offers import project_offers
from services.notifications.replicas.organisations import project_organisations
from services.notifications.replicas.registrations import project_registrations
from services.notifications.triggers import invitations, mentorships, offers, registrations
from shared.access import accounts
from shared.contracts import catalogue
from shared.messaging.consumer.routes import Routes, for_each
from shared.messaging.projection import Projection
from shared.runtime.disclosure.disclosing import take_requests

# In a batch of several topics the first come first: who is erased hears nothing more, a registration finds its member
# and its offer.
ROUTES: Routes = {
    catalogue.ERASURE: erasure.handle_erasures,
    catalogue.ORGANISATION: project_organisations,
    catalogue.ACCOUNT: accounts.project_accounts,
    catalogue.ADDRESS_MAIL: take_mails,
    catalogue.PROFILE: invitations.handle_profiles,
    catalogue.OFFER: offers.handle_offers,
    catalogue.REGISTRATION: registrations.handle_registrations,
    catalogue.MENTORSHIP: for_each(mentorships.handle_mentorship),
    catalogue.DISCLOSURE: partial(take_requests, service="notifications"),
}

PROJECTIONS = (
    Projection(catalogue.ORGANISATION, "organisation", "organisation", project_organisations),
    Projection(catalogue.ACCOUNT, "account", "account", accounts.project_accounts),
    Projection(catalogue.PROFILE, "recipient", "member", project_members),
    Projection(catalogue.OFFER, "offer", "offer", project_offers),
    Projection(catalogue.REGISTRATION, "registration", "registration", project_registrations),
    Projection(catalogue.MENTORSHIP, "mentorship", "request", project_mentorships),
)
