"""The members service, put together."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from services.members.accounts import announcements as account_announcements
from services.members.accounts import api as accounts_api
from services.members.console import pages as console_pages
from services.members.consumers import ROUTES
from services.members.coordination import pages as coordination_pages
from services.members.disclosure import pages as disclosure_pages
from services.members.disclosure import work as disclosure_work
from services.members.duplicates import api as duplicates_api
from services.members.duplicates import pages as duplicates_pages
from services.members.duplicates import work as duplicates_work
from services.members.erasure import api as erasure_api
from services.members.erasure import orders, recovery
from services.members.erasure import work as erasure_work
from services.members.imports import api as imports_api
from services.members.imports import pages as imports_pages
from services.members.imports import work as imports_work
from services.members.imports.recovery import mark_restored
from services.members.leaving import pages as leaving_pages
from services.members.leaving import work as leaving_work
from services.members.mandates import api as mandates_api
from services.members.mandates import pages as mandates_pages
from services.members.me import pages as me_pages
from services.members.members import api as members_api
from services.members.members import departures, profiles, publications
from services.members.members import pages as profile_pages
from services.members.members import work as members_work
from services.members.members.audience_ids import AudienceIds
from services.members.openid import pages as openid_pages
from services.members.organisations import api as organisations_api
from services.members.organisations import organisations
from services.members.roster import pages as roster_pages
from services.members.sessions import pages as sessions_pages
from services.members.settings import AudienceSettings, Settings
from services.members.sign_in import api as sign_in_api
from services.members.sign_in import pages as sign_in_pages
from services.members.sign_in import work as sign_in_work
from services.members.site import SITE
from services.members.statements import pages as statements_pages
from services.members.statistics import api as statistics_api
from shared.access.sessions import SessionReader, SessionSigner
from shared.console import pages as console
from shared.console.work import build_job_worker
from shared.contracts import catalogue
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.postgres.pool import Pool
from shared.runtime.service import Definition, Service
from shared.runtime.settings import BrokerSettings
from shared.runtime.worker import Worker, build_item_worker
from shared.web.organisation_names import NAMES_KNOWN

ROUTED = (
    organisations_api,
    members_api,
    imports_api,
    duplicates_api,
    erasure_api,
    statistics_api,
    accounts_api,
    mandates_api,
    sign_in_api,
    sign_in_pages,
    openid_pages,
    sessions_pages,
)
# Pages whose menu calls organisations by their names.
PAGES = (
    console_pages,
    me_pages,
    disclosure_pages,
    leaving_pages,
    profile_pages,
    coordination_pages,
    mandates_pages,
    duplicates_pages,
    roster_pages,
    statements_pages,
    imports_pages,
)


def _list_published() -> Sequence[PublishedState]:
    audience_ids = _read_audience_ids()
    build_profiles = partial(profiles.build_messages, audience_ids=audience_ids)
    build_members = partial(publications.build_messages, audience_ids=audience_ids)
    find_untold = partial(publications.find_untold, audience_ids=audience_ids)
    lock_erased = lock_rows_of("erased", key="member")
    return (
        PublishedState((catalogue.ORGANISATION,), lock_rows_of("organisation"), organisations.build_messages),
        PublishedState((catalogue.PROFILE,), lock_rows_of("member"), build_profiles),
        PublishedState(
            (catalogue.ACCOUNT,),
            lock_rows_of("opened_account", key="account"),
            account_announcements.build_messages,
        ),
        PublishedState((catalogue.MEMBER,), publications.lock_page, build_members, find_untold),
        PublishedState(
            (catalogue.MEMBER,), departures.lock_page, departures.build_messages, departures.find_due
        ),
        PublishedState((catalogue.PROFILE,), lock_erased, orders.build_tombstones),
        PublishedState((catalogue.ERASURE,), lock_erased, orders.give_orders),
    )


async def _repeat_erasure_orders(pool: Pool) -> str:
    return await recovery.repeat_erasure_orders(pool, BrokerSettings().broker, _read_audience_ids())


def _read_audience_ids() -> AudienceIds:
    return AudienceIds(bytes.fromhex(AudienceSettings().public_id_secret.get_secret_value()))


DEFINITION = Definition(
    name="members",
    folder=Path(__file__).parent,
    routes=ROUTES,
    published=_list_published,
    on_restore=mark_restored,
    after_restore=_repeat_erasure_orders,
)


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings, audience_ids = Settings(), _read_audience_ids()
    return Service(
        **vars(DEFINITION),
        settings=settings,
        router=_compose_router(),
        workers=[
            _compose_releases(settings, audience_ids),
            Worker("imports", partial(imports_work.import_rows, audience_ids=audience_ids), every=0.5),
            build_item_worker(duplicates_work.COMPARING, every=2),
            Worker("erasure orders", erasure_work.watch_orders, every=60),
            Worker("old links", sign_in_work.forget_old, every=60),
            build_job_worker(DEFINITION, settings.broker),
            Worker("leaving links", leaving_work.forget_old, every=60),
            build_item_worker(disclosure_work.DISCLOSING, every=1),
            Worker("disclosures", disclosure_work.watch_disclosures, every=60),
        ],
        state={
            "audience_ids": audience_ids,
            "session_signer": SessionSigner(settings.session_signing_key.get_secret_value()),
            "session_reader": SessionReader(settings.session_keys),
        },
        wrap=SITE.wrap,
    )


def _compose_releases(settings: Settings, audience_ids: AudienceIds) -> Worker:
    step = partial(
        members_work.release_members,
        audience_ids=audience_ids,
        interval=settings.release_seconds,
        minimum=settings.release_minimum,
    )
    return Worker("releases", step, every=min(60.0, settings.release_seconds / 10))


def _compose_router() -> APIRouter:
    router = APIRouter()
    for module in ROUTED:
        router.include_router(module.router)
    for module in PAGES:
        router.include_router(module.router, dependencies=[NAMES_KNOWN])
    router.include_router(console.build_router("members"), dependencies=[NAMES_KNOWN])
    return router
