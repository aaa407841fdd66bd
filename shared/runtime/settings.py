"""What a service is told by its environment (`ALUMNIBUS_…`) or by files in /run/secrets; each reads what it needs."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import limits
from pydantic import AfterValidator, Field, FilePath, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.access.issuer_settings import IssuerSettings
from shared.access.network import LOOPBACK, Network
from shared.access.sessions import SessionReader
from shared.messaging.kafka import Kafka

_SECRETS = Path("/run/secrets")
_ORIGIN = r"^https?://[A-Za-z0-9.:\[\]-]+$"
_BROKERS = re.compile(r"[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*")


def _require_dsn(value: str) -> str:
    if not _is_dsn(value):
        raise ValueError("a database is written as postgresql://role:password@host:port/name")
    return value


def _is_dsn(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("postgresql", "postgres") and parts.port != 0
    except ValueError:
        return False


def require_brokers(value: str) -> str:
    """The value, if it names brokers. Raises ValueError."""
    if not _BROKERS.fullmatch(value):
        raise ValueError("brokers are written as host:port, with commas between them")
    return value


def _require_limit(value: str) -> str:
    limits.parse(value)
    return value


def _require_keys(value: str) -> str:
    SessionReader(value)
    return value


Limit = Annotated[str, AfterValidator(_require_limit)]


class Environment(BaseSettings):
    """Any settings; an empty one is none."""

    model_config = SettingsConfigDict(
        env_prefix="ALUMNIBUS_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
    )


class DatabaseSettings(Environment):
    """`database` is the DSN of the service's own role."""

    database: Annotated[str, AfterValidator(_require_dsn)]


class BrokerSettings(Environment):
    """`kafka` is "host:port,…"; `topic_prefix` is of networks that share brokers.

    Where the brokers want it one signs in with `kafka_user` and `kafka_password`, and speaks TLS with those that the
    authority in the file `kafka_ca` (PEM) certifies.
    """

    kafka: Annotated[str, AfterValidator(require_brokers)]
    kafka_user: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_ca: FilePath | None = None
    topic_prefix: str = ""

    @property
    def broker(self) -> Kafka:
        """Kafka as the messaging core wants it."""
        password = self.kafka_password.get_secret_value()
        return Kafka(self.kafka, self.topic_prefix, self.kafka_user, password, str(self.kafka_ca or ""))


def build_environment(kafka: Kafka) -> dict[str, str]:
    """The environment that leads a process to these brokers; what isn't needed there is empty."""
    return {
        "ALUMNIBUS_KAFKA": kafka.servers,
        "ALUMNIBUS_KAFKA_USER": kafka.user,
        "ALUMNIBUS_KAFKA_PASSWORD": kafka.password,
        "ALUMNIBUS_KAFKA_CA": kafka.ca,
        "ALUMNIBUS_TOPIC_PREFIX": kafka.prefix,
    }


class SiteSettings(Environment):
    """`public_url` as in `Settings`, for commands that have mails sent."""

    public_url: str = Field(pattern=_ORIGIN)


class AccessSettings(Environment):
    """`session_keys` is a JWK set of the public keys whose sessions count; `issuers` is a JSON list of those whose
    tokens do.

    A network and an account may ask a process as often as `network_limit` and `account_limit` say. Which network asks,
    `proxies` are believed, the networks where the front door is.
    """

    session_keys: Annotated[str, AfterValidator(_require_keys)]
    issuers: tuple[IssuerSettings, ...] = ()
    proxies: tuple[Network, ...] = LOOPBACK
    network_limit: Limit = "3000 per minute"
    account_limit: Limit = "1200 per minute"


class Settings(BrokerSettings, DatabaseSettings, AccessSettings):
    """What any service needs to serve.

    `public_url` is where clients reach the front door, "https://host" or "https://host:port"; it is what links and
    redirects lead to, whatever Host or proxy a request names, and where messages say that their schema is read. A
    command's answer is kept for `answer_days`, for its repeats, and who gave the command for `audit_days`. Traces go to
    `traces`, the collector that the variable of OpenTelemetry names.
    """

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    public_url: str | None = Field(None, pattern=_ORIGIN)
    parked_ceiling: int = 100
    answer_days: int = Field(7, ge=1, le=3_650)
    traces: str | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+[^\s?#]*$",
    )
    audit_days: int = Field(365, ge=1, le=3_650)

    @property
    def origin(self) -> str:
        """`public_url`; where none is set the address that the process listens at, or of this machine if at all."""
        host = "localhost" if self.http_host in ("0.0.0.0", "::") else self.http_host
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.http_port}"
