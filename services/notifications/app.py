"""The notifications service, put together."""

from collections.abc import Sequence
from pathlib import Path

from services.notifications import api
from services.notifications.channels.sending import Sender
from services.notifications.channels.smtp import Server
from services.notifications.channels.targets import Pace, Target
from services.notifications.composing.composer import Composer
from services.notifications.consumers import PROJECTIONS, ROUTES
from services.notifications.settings import Settings
from services.notifications.work import workers
from shared.runtime.service import Service


def compose() -> Service:
    """The service as its environment wants it. Raises pydantic's ValidationError for a setting that lacks."""
    settings = Settings()
    composer = Composer(settings.partner_slugs, settings.site.rstrip("/"))
    return Service(
        name="notifications",
        settings=settings,
        folder=Path(__file__).parent,
        router=api.router,
        routes=ROUTES,
        projections=PROJECTIONS,
        workers=workers(composer, senders(settings)),
    )


def senders(settings: Settings) -> Sequence[Sender]:
    """One for the mail server of each organisation that has its own, and one for all others."""
    own, rate = settings.smtp_by_organisation, settings.smtp_per_second
    targets = [
        Target(name, Server.parse(url.get_secret_value()), Pace(rate), [name], rest=False)
        for name, url in own.items()
    ]
    server = Server.parse(settings.smtp.get_secret_value())
    targets.append(Target("default", server, Pace(rate), list(own), rest=True))
    return [Sender(target, settings.sender_domain, settings.lease_seconds) for target in targets]
