"""The matching service, put together."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from services.matching import consumers
from services.matching.advice import pages as advice_pages
from services.matching.advisers import api as advisers
from services.matching.advisers import pages as adviser_pages
from services.matching.desks import api as desks
from services.matching.desks import pages as desk_pages
from services.matching.disclosure import DISCLOSING
from services.matching.erasure.work import ERASING
from services.matching.mentorships import api as mentorships
from services.matching.mentorships import pages as mentorship_pages
from services.matching.proposals import api as proposals
from services.matching.proposals import pages as proposal_pages
from services.matching.proposals.work import WORKERS
from services.matching.ranking import api as ranking
from services.matching.requests import announcements, publications
from services.matching.requests import api as requests
from services.matching.requests import pages as request_pages
from services.matching.requests import work as requests_work
from services.matching.settings import Settings
from services.matching.site import SITE
from services.matching.statistics import api as statistics
from shared.console import pages as console
from shared.console.work import build_job_worker
from shared.contracts import catalogue
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.runtime.service import Definition, Service
from shared.runtime.worker import Worker, build_item_worker


def _list_published() -> Sequence[PublishedState]:
    return (
        PublishedState(
            (catalogue.REQUEST,),
            publications.lock_page,
            publications.build_messages,
            publications.find_untold,
        ),
        PublishedState((catalogue.MENTORSHIP,), lock_rows_of("request"), announcements.build_messages),
    )


DEFINITION = Definition(
    name="matching",
    folder=Path(__file__).parent,
    routes=consumers.ROUTES,
    projections=consumers.PROJECTIONS,
    published=_list_published,
)


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    release = partial(requests_work.release_requests, interval=settings.release_seconds)
    releases = Worker("releases", release, every=min(60.0, settings.release_seconds / 10))
    handing_over = build_item_worker(requests_work.HANDING_OVER, every=0.5)
    erasing = build_item_worker(ERASING, every=0.5)
    jobs = build_job_worker(DEFINITION, settings.broker)
    disclosing = build_item_worker(DISCLOSING, every=1)
    workers = [*WORKERS, handing_over, erasing, releases, jobs, disclosing]
    return Service(
        **vars(DEFINITION), settings=settings, router=_build_router(), workers=workers, wrap=SITE.wrap
    )


_PAGES = (advice_pages, request_pages, mentorship_pages, proposal_pages, adviser_pages, desk_pages)


def _build_router() -> APIRouter:
    router = APIRouter()
    for api in (desks, advisers, requests, ranking, proposals, mentorships, statistics):
        router.include_router(api.router)
    for pages in _PAGES:
        router.include_router(pages.router)
    router.include_router(console.build_router("matching"))
    return router
