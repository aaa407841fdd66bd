"""Settings of the matching service."""

from pydantic import Field

from shared.runtime import settings


class Settings(settings.Settings):
    """Every `release_seconds`, of the day at most, the world hears of new requests and of those that changed."""

    release_seconds: int = Field(24 * 60 * 60, ge=1, le=24 * 60 * 60)
