"""The matching service, put together."""

from pathlib import Path

from services.matching import api, consumers
from services.matching.requests import announcements
from shared.contracts import catalogue
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    return Service(
        name="matching",
        settings=Settings(),
        folder=Path(__file__).parent,
        router=api.router,
        routes=consumers.ROUTES,
        projections=consumers.PROJECTIONS,
        published=[
            PublishedState(
                (catalogue.REQUEST, catalogue.MENTORSHIP), lock_rows_of("request"), announcements.told
            )
        ],
    )
