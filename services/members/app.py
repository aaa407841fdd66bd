"""The members service, put together."""

from functools import partial
from pathlib import Path

from fastapi import APIRouter

from services.members.consumers import ROUTES
from services.members.duplicates import api as duplicates_api
from services.members.duplicates import work as duplicates_work
from services.members.erasure import api as erasure_api
from services.members.erasure import orders, recovery
from services.members.erasure import work as erasure_work
from services.members.imports import api as imports_api
from services.members.imports import imports
from services.members.imports import work as imports_work
from services.members.members import api as members_api
from services.members.members import profiles
from services.members.members.audience_ids import AudienceIds
from services.members.organisations import api as organisations_api
from services.members.organisations import organisations
from services.members.settings import Settings
from services.members.statistics import api as statistics_api
from shared.contracts import catalogue
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.runtime.service import Service
from shared.runtime.worker import Worker


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    secret = bytes.fromhex(settings.public_id_secret.get_secret_value())
    audience_ids = AudienceIds(secret)
    return Service(
        name="members",
        settings=settings,
        folder=Path(__file__).parent,
        router=_compose_router(),
        routes=ROUTES,
        workers=[
            Worker("imports", partial(imports_work.import_rows, audience_ids=audience_ids), every=0.5),
            Worker("duplicates", duplicates_work.find_duplicates, every=2),
            Worker("erasure orders", erasure_work.watch_orders, every=60),
        ],
        state={"audience_ids": audience_ids},
        published=_published_states(audience_ids),
        on_restore=imports.mark_restored,
        after_restore=partial(
            recovery.repeat_erasure_orders, kafka=settings.broker, audience_ids=audience_ids
        ),
    )


def _published_states(audience_ids: AudienceIds) -> list[PublishedState]:
    build_members = partial(profiles.build_messages, audience_ids=audience_ids)
    build_tombstones = partial(orders.build_tombstones, audience_ids=audience_ids)
    lock_erased = lock_rows_of("erased", key="member")
    return [
        PublishedState((catalogue.ORGANISATION,), lock_rows_of("organisation"), organisations.build_messages),
        PublishedState((catalogue.PROFILE, catalogue.MEMBER), lock_rows_of("member"), build_members),
        PublishedState((catalogue.PROFILE, catalogue.MEMBER), lock_erased, build_tombstones),
        PublishedState((catalogue.ERASURE,), lock_erased, orders.give_orders),
    ]


def _compose_router() -> APIRouter:
    router = APIRouter()
    for api in (organisations_api, members_api, imports_api, duplicates_api, erasure_api, statistics_api):
        router.include_router(api.router)
    return router
