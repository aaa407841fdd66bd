"""What every service is told by its environment (`ALUMNIBUS_…`) or by files in /run/secrets."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging.kafka import Kafka

_SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """Settings of any service. `database` is the DSN of the service's own role, `kafka` is "host:port,…"."""

    model_config = SettingsConfigDict(
        env_prefix="ALUMNIBUS_", frozen=True, secrets_dir=_SECRETS if _SECRETS.is_dir() else None
    )

    database: str
    kafka: str
    topic_prefix: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    parked_ceiling: int = 100

    @property
    def broker(self) -> Kafka:
        """Kafka as the messaging core wants it."""
        return Kafka(self.kafka, self.topic_prefix)
