"""Which organisations have systems of their own, as this service is configured."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from shared.contracts.catalogue import TOPICS, outbound
from shared.postgres.pool import Tx


class Configured(NamedTuple):
    """Who is notified on a topic of its own, and who sends through a mail server of its own: organisations."""

    notified: Collection[str]
    own_servers: Collection[str]


class Partner(NamedTuple):
    """An organisation with systems of its own: its name, its topic of finished notifications ("" if it has none), and
    whether its mails go through a server of its own."""

    organisation: str
    name: str
    topic: str
    own_server: bool


async def list_partners(tx: Tx, configured: Configured) -> Sequence[Partner]:
    """Those that are configured; one that isn't known yet by its slug."""
    notified, own_servers = configured
    slugs = sorted({*notified, *own_servers})
    rows = await tx.fetch("SELECT organisation, name FROM organisation WHERE organisation = ANY($1)", slugs)
    names = {row["organisation"]: row["name"] for row in rows}
    return [
        Partner(
            slug, names.get(slug, slug), outbound(slug).name if slug in notified else "", slug in own_servers
        )
        for slug in slugs
    ]


def list_public_topics() -> Sequence[str]:
    """What every partner with credentials may read."""
    return [topic.name for topic in TOPICS if topic.audience == "public"]
