"""The demo's partners: one that reads public topics, one that reads its own notifications too."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from deploy.kafka.client_files import build_program, write_files
from deploy.kafka.cluster import Cluster, open_cluster
from deploy.kafka.credentials import (
    QUOTAS,
    Credentials,
    issue_credentials,
    list_credentials,
    withdraw_credentials,
)
from deploy.kafka.failures import ClusterUnusable
from deploy.local.failure import Failed
from deploy.local.processes import PARTNERS
from deploy.local.servers import Servers
from shared.contracts.catalogue import OFFER, outbound
from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment

PUBLIC, NOTIFIED = "daad", PARTNERS[0]
TOPICS = {PUBLIC: OFFER.name, NOTIFIED: outbound(NOTIFIED).name}


def prepare_partners(home: Path, servers: Servers) -> dict[str, Path]:
    """The folder of each partner's files, with credentials that are new at each start; none where partners have no
    listener. Raises `Failed`."""
    if servers.partners is None:
        return {}
    try:
        return _renew_partners(home, servers.kafka, servers.partners)
    except ClusterUnusable as error:
        raise Failed(f"Kafka let no partners in: {error}.") from error


def _renew_partners(home: Path, administrator: Kafka, listener: Kafka) -> dict[str, Path]:
    folders = {name: home / "partners" / name for name in TOPICS}
    with open_cluster(administrator) as cluster:
        known = list_credentials(cluster)
        withdraw_credentials(cluster, [each for each in known if each.organisation in TOPICS])
        for name, folder in folders.items():
            program = build_program(f"{name}.first", TOPICS[name])
            write_files(folder, _issue(cluster, name, listener), program)
    return folders


def _issue(cluster: Cluster, name: str, listener: Kafka) -> Kafka:
    credentials = Credentials(name, datetime.now(UTC))
    secret = issue_credentials(cluster, credentials, QUOTAS)
    return replace(listener, user=credentials.name_user(), password=secret)


def build_partner_settings(servers: Servers) -> dict[str, str]:
    """What commands about partners are told; nothing where partners have no listener."""
    if servers.partners is None:
        return {}
    return {
        **build_environment(servers.kafka),
        "ALUMNIBUS_PARTNER_KAFKA": servers.partners.servers,
        "ALUMNIBUS_PARTNER_KAFKA_CA": servers.partners.ca,
    }
