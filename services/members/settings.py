"""Settings of the members service."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from shared.runtime import settings


def _require_hex(secret: SecretStr) -> SecretStr:
    try:
        bytes.fromhex(secret.get_secret_value())
    except ValueError:
        raise ValueError("a secret is written in hex") from None
    return secret


class AudienceSettings(settings.Environment):
    """`public_id_secret`: hex, at least 32 bytes; whoever has it can join a member's ids of all audiences."""

    public_id_secret: Annotated[SecretStr, Field(min_length=64), AfterValidator(_require_hex)]


class Settings(settings.Settings, AudienceSettings):
    """All that members needs to serve."""
