"""Partners' credentials, as Kafka itself holds them: users whose names say whose they are and since when.

A user has one password, so new credentials are a new user with the same rights, and old and new work side by side.
Credentials that have successors end a week after those were issued, when `partners expire` is run, daily.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from deploy.kafka.cluster import Cluster
from deploy.kafka.grants import list_partner_grants

OVERLAP = timedelta(days=7)
BYTES = "consumer_byte_rate"
REQUESTS = "request_percentage"
# For each broker: bytes a second, and percent of the time of its request threads.
QUOTAS = {BYTES: 5.0 * 2**20, REQUESTS: 25.0}
_STAMP = "%Y%m%d-%H%M%S"
_USER = re.compile(r"partner\.(?P<organisation>[a-z0-9-]+)\.(?P<issued>\d{8}-\d{6})")


@dataclass(frozen=True, order=True)
class Credentials:
    """Whose they are, and since when they work."""

    organisation: str
    issued: datetime

    def name_user(self, prefix: str = "") -> str:
        """The user's name on the brokers, in the network with this prefix."""
        return f"{prefix}partner.{self.organisation}.{self.issued.strftime(_STAMP)}"


def list_credentials(cluster: Cluster, prefix: str = "") -> list[Credentials]:
    """All that work, by organisation, the oldest first."""
    users = cluster.list_users(f"{prefix}partner.")
    return sorted(_read_names(user.removeprefix(prefix) for user in users))


def _read_names(users: Iterable[str]) -> Iterator[Credentials]:
    for user in users:
        if found := _USER.fullmatch(user):
            issued = datetime.strptime(found["issued"], _STAMP).replace(tzinfo=UTC)
            yield Credentials(found["organisation"], issued)


def find_ends(
    credentials: Sequence[Credentials], overlap: timedelta = OVERLAP
) -> dict[Credentials, datetime | None]:
    """When each ends: `overlap` after its successor was issued, and the newest of an organisation doesn't."""
    ends: dict[Credentials, datetime | None] = dict.fromkeys(sorted(credentials))
    for older, newer in pairwise(sorted(credentials)):
        if older.organisation == newer.organisation:
            ends[older] = newer.issued + overlap
    return ends


def issue_credentials(
    cluster: Cluster, wanted: Credentials, quotas: dict[str, float], prefix: str = ""
) -> str:
    """Let a partner sign in; returns the secret, which nobody can read again. It works on return, and before it does
    its limits hold. Raises `ClusterUnusable`."""
    user, secret = wanted.name_user(prefix), secrets.token_urlsafe(32)
    cluster.set_quotas(user, quotas)
    cluster.add_grants(list_partner_grants(user, wanted.organisation, prefix))
    cluster.set_passwords({user: secret})
    return secret


def withdraw_credentials(cluster: Cluster, unwanted: Sequence[Credentials], prefix: str = "") -> None:
    """End them: what runs reads nothing more at once, and nobody signs in any more. Raises `ClusterUnusable`."""
    users = [each.name_user(prefix) for each in unwanted]
    for user in users:
        cluster.remove_all_grants(user)
    if users:
        cluster.remove_passwords(users)
    for user in users:
        cluster.set_quotas(user, dict.fromkeys(QUOTAS))
