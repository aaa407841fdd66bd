"""What every service is told by its environment (`ALUMNIBUS_…`) or by files in /run/secrets."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging.kafka import Kafka

_SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """Settings of any service. `database` is the DSN of the service's own role, `kafka` is "host:port,…".

    `public_url` is where clients reach the service, "https://host" or "https://host:port"; it is what links and
    redirects lead to, whatever Host a request names.
    """

    model_config = SettingsConfigDict(
        env_prefix="ALUMNIBUS_", frozen=True, secrets_dir=_SECRETS if _SECRETS.is_dir() else None
    )

    database: str
    kafka: str
    topic_prefix: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    public_url: str | None = Field(None, pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")
    parked_ceiling: int = 100

    @property
    def origin(self) -> str:
        """`public_url`; where none is set the address that the process listens at, or of this machine if at all."""
        host = "localhost" if self.http_host in ("0.0.0.0", "::") else self.http_host
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.http_port}"

    @property
    def broker(self) -> Kafka:
        """Kafka as the messaging core wants it."""
        return Kafka(self.kafka, self.topic_prefix)
