"""Servers that somebody else runs: what the demo does on them, and that it does so only where it may."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from deploy.local.failure import Failed
from deploy.local.servers import KAFKA, POSTGRES
from deploy.postgres.roles import SERVICES

CONSENT = "mine"
OWN = f"{', '.join(SERVICES[:-1])} and {SERVICES[-1]}"


def require_consent(environment: Mapping[str, str], database: str) -> list[str]:
    """What will be done on servers that the environment names, a sentence for each; `Failed` unless it has
    SERVERS=mine, too."""
    deeds = dict(_list_deeds(environment, database))
    if deeds and environment.get("SERVERS") != CONSENT:
        raise Failed(
            f"{' '.join(deeds.values())} If you may do that to them: `make demo SERVERS={CONSENT}`. "
            f"For servers of the demo's own unset {' and '.join(deeds)}."
        )
    return list(deeds.values())


def _list_deeds(environment: Mapping[str, str], database: str) -> Iterator[tuple[str, str]]:
    """Each variable that names a server, and what is done there."""
    if address := environment.get(POSTGRES):
        yield (
            POSTGRES,
            f"The demo uses PostgreSQL at {urlsplit(address).netloc.rpartition('@')[2]} ({POSTGRES}): there it makes "
            f"the database {database}, and gives the roles {OWN} new passwords.",
        )
    if servers := environment.get(KAFKA):
        users = (
            f", and gives the users {OWN} new passwords and rights"
            if environment.get(f"{KAFKA}_USER")
            else ""
        )
        yield (
            KAFKA,
            f"The demo uses Kafka at {servers} ({KAFKA}): there it makes the platform's topics{users}.",
        )
