"""Settings of the members service."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from shared.access.sessions import SessionSigner
from shared.runtime import settings


def _require_hex(secret: SecretStr) -> SecretStr:
    try:
        bytes.fromhex(secret.get_secret_value())
    except ValueError:
        raise ValueError("a secret is written in hex") from None
    return secret


def _require_key(secret: SecretStr) -> SecretStr:
    SessionSigner(secret.get_secret_value())
    return secret


class AudienceSettings(settings.Environment):
    """`public_id_secret`: hex, at least 32 bytes; whoever has it can join a member's ids of all audiences."""

    public_id_secret: Annotated[SecretStr, Field(min_length=64), AfterValidator(_require_hex)]


class Settings(settings.Settings, AudienceSettings):
    """All that members needs to serve.

    Every `release_seconds`, of the day at most, the world hears of new members and of changes of which there are
    `release_minimum` that look alike; of the others once a day. With 1 it hears of all each time. Sessions are signed
    with `session_signing_key`, an Ed25519 key as JWK.
    """

    session_signing_key: Annotated[SecretStr, AfterValidator(_require_key)]

    release_seconds: int = Field(60 * 60, ge=1, le=24 * 60 * 60)
    release_minimum: int = Field(20, ge=1)
