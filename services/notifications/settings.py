"""The settings of the notifications service."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from services.notifications.channels.smtp import SmtpServer
from shared.runtime import settings


def _require_server(url: SecretStr) -> SecretStr:
    SmtpServer.from_url(url.get_secret_value())
    return url


_Server = Annotated[SecretStr, AfterValidator(_require_server)]


class Settings(settings.Settings):
    """`smtp`: smtp:// or smtps://user:password@host:port; `smtp_by_organisation`: JSON, the same for
    organisations that send through a server of their own.

    `partners`: slugs with commas, the organisations that get finished notifications on a topic of their own.
    `sender_domain`: what follows the @ in From and Message-ID. `site`: where links of mails lead, if not to `origin`.
    `lease_seconds`: how long a claimed mail stays with the process that claimed it.
    """

    smtp: _Server
    smtp_by_organisation: dict[str, _Server] = Field(default={})
    smtp_per_second: float = Field(500, gt=0)
    partners: str = ""
    sender_domain: str = "example.org"
    site: str = ""
    lease_seconds: float = Field(30, gt=0)

    @property
    def link_origin(self) -> str:
        """What the links of mails begin with."""
        return (self.site or self.origin).rstrip("/")

    @property
    def partner_slugs(self) -> frozenset[str]:
        return frozenset(slug.strip() for slug in self.partners.split(",") if slug.strip())
