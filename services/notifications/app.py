"""The notifications service, put together."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from services.notifications import consumers
from services.notifications.address_mails.work import AddressMailSender, build_address_mail_worker
from services.notifications.channels.smtp import SmtpServer
from services.notifications.channels.targets import RateLimit, Target
from services.notifications.channels.work import MailSender, build_sending_workers
from services.notifications.composing.composer import Composer
from services.notifications.composing.work import build_composing_worker
from services.notifications.deliveries import api as deliveries
from services.notifications.deliveries import pages as delivery_pages
from services.notifications.deliveries.recovery import hold_unsent
from services.notifications.deliveries.unfinished import CONSOLE_STATES
from services.notifications.deliveries.work import build_sweeping_worker
from services.notifications.disclosure import DISCLOSING
from services.notifications.partners import pages as partner_pages
from services.notifications.partners.partners import Configured
from services.notifications.settings import Settings
from services.notifications.site import SITE
from services.notifications.statistics import api as statistics
from services.notifications.triggers.work import build_telling_workers
from shared.console import pages as console
from shared.console.work import build_job_worker
from shared.runtime.service import Definition, Service
from shared.runtime.worker import build_item_worker
from shared.web.organisation_names import NAMES_KNOWN

DEFINITION = Definition(
    name="notifications",
    folder=Path(__file__).parent,
    routes=consumers.ROUTES,
    projections=consumers.PROJECTIONS,
    on_restore=hold_unsent,
)


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    composer = Composer(settings.partner_slugs, settings.link_origin)
    senders = _build_senders(settings)
    return Service(
        **vars(DEFINITION),
        settings=settings,
        router=_build_router(),
        state={
            "console_states": CONSOLE_STATES,
            "partners": Configured(settings.partner_slugs, list(settings.smtp_by_organisation)),
        },
        wrap=SITE.wrap,
        workers=[
            *build_telling_workers(),
            build_composing_worker(composer),
            build_sweeping_worker(),
            *build_sending_workers(senders),
            build_address_mail_worker(AddressMailSender(senders[-1].target, settings.sender_domain)),
            build_job_worker(DEFINITION, settings.broker),
            build_item_worker(DISCLOSING, every=1),
        ],
    )


def _build_router() -> APIRouter:
    router = APIRouter()
    for api in (deliveries, statistics):
        router.include_router(api.router)
    for pages in (delivery_pages, partner_pages):
        router.include_router(pages.router, dependencies=[NAMES_KNOWN])
    router.include_router(console.build_router("notifications"), dependencies=[NAMES_KNOWN])
    return router


def _build_senders(settings: Settings) -> Sequence[MailSender]:
    """One for the mail server of each organisation that has its own, and as the last one for all others."""
    own, rate = settings.smtp_by_organisation, settings.smtp_per_second
    targets = [
        Target(name, SmtpServer.from_url(url.get_secret_value()), RateLimit(rate), [name], all_others=False)
        for name, url in own.items()
    ]
    server = SmtpServer.from_url(settings.smtp.get_secret_value())
    targets.append(Target("default", server, RateLimit(rate), list(own), all_others=True))
    return [MailSender(target, settings.sender_domain, settings.lease_seconds) for target in targets]
