"""Settings of the members service."""

from pydantic import Field, SecretStr

from shared.runtime import settings


class Settings(settings.Settings):
    """`public_id_secret`: hex, at least 32 bytes; whoever has it can join a member's ids of all audiences.

    Every `release_seconds`, of the day at most, the world hears of new members and of changes of which there are
    `release_minimum` that look alike; of the others once a day. With 1 it hears of all each time.
    """

    public_id_secret: SecretStr = Field(min_length=64)
    release_seconds: int = Field(60 * 60, ge=1, le=24 * 60 * 60)
    release_minimum: int = Field(20, ge=1)
