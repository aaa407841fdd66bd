"""The issuers that are configured, what each publishes about itself, and its keys."""

import asyncio
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from pydantic import BaseModel, ValidationError

from shared.access.issuer_http import IssuerFailed, fetch_json
from shared.access.issuer_settings import IssuerSettings, SecureUrl
from shared.contracts.refusals import Unavailable

log = structlog.get_logger(__name__)

FRESH_SECONDS, KEPT_SECONDS = 3_600.0, 86_400.0
# What is fetched isn't fetched again for a minute, whatever keys are asked for; what failed isn't for some seconds.
AGAIN_SECONDS, RETRY_SECONDS = 60.0, 5.0
# A request waits so long, and so few do at once: a silent issuer takes no other request's place.
PATIENCE_SECONDS, WAITING_AT_MOST = 2.0, 2
MOST_KEYS = 100
_KINDS: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


class Metadata(BaseModel):
    """What an issuer says of itself (OpenID Connect Discovery 1.0, section 3), as far as it is used here."""

    issuer: str
    jwks_uri: SecureUrl
    authorization_endpoint: SecureUrl | None = None
    token_endpoint: SecureUrl | None = None
    end_session_endpoint: SecureUrl | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What an issuer published: its metadata, and the keys by which it signs, by `kid`."""

    metadata: Metadata
    keys: Mapping[str, Key]


class IssuerAway(Unavailable):
    """The issuer doesn't answer, so what it says can't be checked."""


class Issuer:
    """One issuer. What it publishes is kept for an hour, and for a day where it can't be fetched again."""

    def __init__(self, settings: IssuerSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._published: Published | None = None
        self._fetched_at = self._next_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0

    async def read_published(self) -> Published:
        """What it publishes. Raises `IssuerAway`."""
        if self._age > FRESH_SECONDS:
            await self._renew()
        if self._published is None or self._age > KEPT_SECONDS:
            raise IssuerAway("issuer-away", "Who signs you in doesn't answer at the moment. Try again.")
        return self._published

    async def find_key(self, kid: str | None) -> Key | None:
        """The key of this name, or the only one where none is named. A name that isn't known lets the keys be fetched
        again, once a minute. Raises `IssuerAway`."""
        published = await self.read_published()
        if kid is None:
            return next(iter(published.keys.values())) if len(published.keys) == 1 else None
        if kid not in published.keys:
            await self._renew()
            published = self._published or published
        return published.keys.get(kid)

    @property
    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _renew(self) -> None:
        """Let it be fetched if its time has come, and wait for that with patience."""
        if self._fetching is None:
            if self._clock() < self._next_at:
                return
            self._fetching = asyncio.create_task(self._fetch())
        if self._waiting >= WAITING_AT_MOST:
            return
        self._waiting += 1
        try:
            await asyncio.wait([self._fetching], timeout=PATIENCE_SECONDS)
        finally:
            self._waiting -= 1

    async def _fetch(self) -> None:
        try:
            self._published = await _fetch_published(self.settings.issuer)
            self._fetched_at = self._clock()
            self._next_at = self._clock() + AGAIN_SECONDS
        except IssuerFailed as error:
            self._next_at = self._clock() + RETRY_SECONDS
            log.warning("issuer.fetch.failed", issuer=self.settings.issuer, error=error.reason)
        finally:
            self._fetching = None


class Issuers:
    """All that are configured, in their order."""

    def __init__(self, configured: Sequence[IssuerSettings]) -> None:
        self._known = {each.issuer: Issuer(each) for each in configured}

    def __iter__(self) -> Iterator[Issuer]:
        return iter(self._known.values())

    def find_issuer(self, url: object) -> Issuer | None:
        """The one whose tokens say that they are of `url`, to the letter."""
        return self._known.get(url) if isinstance(url, str) else None


async def _fetch_published(issuer: str) -> Published:
    said = await fetch_json(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    try:
        metadata = Metadata.model_validate(said)
    except ValidationError as error:
        raise IssuerFailed(f"metadata: {error.error_count()} errors") from None
    if metadata.issuer != issuer:
        raise IssuerFailed("metadata of another issuer")
    keys = (await fetch_json(metadata.jwks_uri)).get("keys")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise IssuerFailed("no keys, or too many")
    return Published(metadata, dict(_import_keys(keys)))


def _import_keys(keys: Sequence[Any]) -> Iterator[tuple[str, Key]]:
    """Those that sign and are public: never a shared secret, whatever the issuer publishes, nor one that is short."""
    for data in keys:
        kind = _KINDS.get(str(data.get("kty"))) if isinstance(data, dict) else None
        if kind is None or data.get("use", "sig") != "sig":
            continue
        try:
            with warnings.catch_warnings(action="error", category=SecurityWarning):
                key = kind.import_key(data)
            key.ensure_kid()
        except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
            continue
        if isinstance(key.kid, str):
            yield key.kid, key
