"""Settings of the members service."""

from pydantic import Field, SecretStr

from shared.runtime import settings


class Settings(settings.Settings):
    """`public_id_secret`: hex, at least 32 bytes; whoever has it can join a member's ids of all audiences."""

    public_id_secret: SecretStr = Field(min_length=64)
