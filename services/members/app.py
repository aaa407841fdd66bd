"""The members service, put together."""

from pathlib import Path

from services.members import api
from services.members.identities import Identities
from services.members.settings import Settings
from shared.runtime.service import Service


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    secret = bytes.fromhex(settings.public_id_secret.get_secret_value())
    return Service(
        name="members",
        settings=settings,
        folder=Path(__file__).parent,
        router=api.router,
        state={"identities": Identities(secret)},
    )
