"""The events service, put together."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from services.events.consumers import PROJECTIONS, ROUTES
from services.events.disclosure import DISCLOSING
from services.events.feeds import api as feeds_api
from services.events.guests import api as guests_api
from services.events.guests import pages as guests_pages
from services.events.hosting import pages as hosting_pages
from services.events.offers import announcements as offer_announcements
from services.events.offers import api as offers_api
from services.events.offers import work as offers_work
from services.events.overview import pages as overview_pages
from services.events.partners import pages as partners_pages
from services.events.planning import api as planning_api
from services.events.planning import pages as planning_pages
from services.events.registrations import announcements as registration_announcements
from services.events.registrations import api as registrations_api
from services.events.registrations import pages as registrations_pages
from services.events.registrations import work as registrations_work
from services.events.settings import Settings
from services.events.site import SITE
from services.events.statistics import api as statistics_api
from shared.console import pages as console
from shared.console.work import build_job_worker
from shared.contracts import catalogue
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.runtime.service import Definition, Service
from shared.runtime.worker import Worker, build_item_worker
from shared.web import assets
from shared.web.kept_pages import KeptPages
from shared.web.organisation_names import NAMES_KNOWN

ROUTED = (
    offers_api,
    registrations_api,
    statistics_api,
    feeds_api,
    planning_api,
    guests_api,
    assets,
)
# Pages whose menu calls organisations by their names.
PAGES = (registrations_pages, overview_pages, partners_pages, planning_pages, hosting_pages, guests_pages)


def _list_published() -> Sequence[PublishedState]:
    return (
        PublishedState(
            (catalogue.OFFER,),
            lock_rows_of("offer"),
            offer_announcements.build_messages,
        ),
        PublishedState(
            (catalogue.REGISTRATION,),
            registration_announcements.lock_registrations,
            registration_announcements.build_messages,
        ),
    )


DEFINITION = Definition(
    name="events",
    folder=Path(__file__).parent,
    routes=ROUTES,
    projections=PROJECTIONS,
    published=_list_published,
)


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    return Service(
        **vars(DEFINITION),
        settings=settings,
        router=_include_routers(),
        state={"kept_pages": KeptPages()},
        wrap=SITE.wrap,
        workers=[
            *offers_work.WORKERS,
            *registrations_work.WORKERS,
            _compose_releases(settings),
            build_job_worker(DEFINITION, settings.broker),
            build_item_worker(DISCLOSING, every=1),
        ],
    )


def _compose_releases(settings: Settings) -> Worker:
    step = partial(
        offers_work.release_counts, interval=settings.release_seconds, minimum=settings.release_minimum
    )
    return Worker("releases", step, every=min(60.0, settings.release_seconds / 10))


def _include_routers() -> APIRouter:
    router = APIRouter()
    for module in ROUTED:
        router.include_router(module.router)
    for module in PAGES:
        router.include_router(module.router, dependencies=[NAMES_KNOWN])
    router.include_router(console.build_router("events"), dependencies=[NAMES_KNOWN])
    return router
