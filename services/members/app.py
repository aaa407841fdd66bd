"""The members service, put together."""

from functools import partial
from pathlib import Path

from services.members import api, organisations, profiles, restored, work
from services.members.identities import Identities
from services.members.settings import Settings
from shared.contracts import catalogue
from shared.messaging.republish import State, rows
from shared.runtime.service import Service
from shared.runtime.work import Worker


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    secret = bytes.fromhex(settings.public_id_secret.get_secret_value())
    identities = Identities(secret)
    return Service(
        name="members",
        settings=settings,
        folder=Path(__file__).parent,
        router=api.router,
        workers=[
            Worker("imports", partial(work.import_rows, identities=identities), every=0.5),
            Worker("doubles", work.find_doubles, every=2),
        ],
        state={"identities": identities},
        published=[
            State((catalogue.ORGANISATION,), rows("organisation"), organisations.told),
            State(
                (catalogue.PROFILE, catalogue.MEMBER),
                rows("member"),
                partial(profiles.told, identities=identities),
            ),
        ],
        after_restore=partial(restored.repeat_orders, kafka=settings.broker, identities=identities),
    )
