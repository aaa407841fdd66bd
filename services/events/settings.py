"""Settings of the events service."""

from pydantic import Field

from shared.runtime import settings


class Settings(settings.Settings):
    """Every `release_seconds`, of the day at most, the world hears of the counts of those offers for which at least
    `release_minimum` persons registered or withdrew since it heard of them; once a day of all. With 1 of all each time.
    """

    release_seconds: int = Field(60 * 60, ge=1, le=24 * 60 * 60)
    release_minimum: int = Field(5, ge=1)
