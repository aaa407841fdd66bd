"""How an issuer of tokens is configured: what people call it, and how this installation is known there."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, model_validator

# With a public key alone nobody can sign by one of these; Ed25519 is what RFC 9864 calls EdDSA with that curve.
Algorithm = Literal["RS256", "PS256", "ES256", "ES384", "Ed25519"]


def require_secure(url: str) -> str:
    """The URL, if it is https, or http on this machine. Raises ValueError."""
    parts = urlsplit(url)
    loopback = parts.scheme == "http" and parts.hostname is not None and _is_loopback(parts.hostname)
    if not parts.hostname or parts.username is not None or not (parts.scheme == "https" or loopback):
        raise ValueError("an issuer is reached by https://, or by http:// on the same machine")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


SecureUrl = Annotated[str, AfterValidator(require_secure)]


class IssuerSettings(BaseModel):
    """One issuer.

    `issuer` is its URL, exactly as its tokens have it; `name` stands on the page where people sign in. With
    `client_id` and a secret members signs people in; `client_secret_file` is read when it's needed, so that only
    members needs the file. Bearer tokens must be for `audience`; without one none is taken. Their header must say
    that they are access tokens (`at+jwt`, RFC 9068): with `untyped_tokens` those are taken, too, that don't.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: SecureUrl
    name: str
    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    audience: str | None = None
    algorithms: frozenset[Algorithm] = frozenset({"RS256", "PS256", "ES256", "ES384", "Ed25519"})
    untyped_tokens: bool = False

    @model_validator(mode="after")
    def _require_two_audiences(self) -> "IssuerSettings":
        # An id token is for the client: were that the audience, one would do as bearer.
        if self.audience == self.client_id:
            raise ValueError("the audience of bearer tokens must be another than client_id")
        return self

    def read_secret(self) -> str | None:
        """The client's secret, None for a client that has none. Raises OSError."""
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text().strip()
        return None if self.client_secret is None else self.client_secret.get_secret_value()
