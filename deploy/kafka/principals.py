"""Lets each service sign in with a user of its own, and do what the topic catalogue says and nothing else.

    python -m deploy.kafka.principals --passwords FOLDER

Run it whenever the catalogue has changed: what a service may do no more is taken from it.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from deploy.kafka.cluster import Cluster, open_cluster
from deploy.kafka.failures import failure_sentences
from deploy.kafka.grants import SERVICES, list_service_grants, name_service_user
from shared.runtime.settings import BrokerSettings


def admit_services(cluster: Cluster, passwords: Mapping[str, str], prefix: str = "") -> None:
    """Let the services (`passwords` by their names) into the network with this prefix. Raises `ClusterUnusable`."""
    for service in passwords:
        user = name_service_user(service, prefix)
        wanted, present = set(list_service_grants(service, prefix)), cluster.list_grants(user)
        cluster.add_grants(wanted - present)
        cluster.remove_grants(present - wanted)
    cluster.set_passwords({name_service_user(service, prefix): word for service, word in passwords.items()})


def read_passwords(folder: Path) -> dict[str, str]:
    """The password of each service, from a file `kafka-<service>`. Raises OSError."""
    return {service: (folder / f"kafka-{service}").read_text("utf-8").strip() for service in SERVICES}


def read_secrets(folder: Path) -> dict[str, str]:
    """The same as `deploy.secrets` makes them, each in the folder of its process. Raises OSError."""
    return {
        service: (folder / service / "alumnibus_kafka_password").read_text("utf-8").strip()
        for service in SERVICES
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Let the services sign in, each with a user of its own.")
    places = parser.add_mutually_exclusive_group(required=True)
    places.add_argument("--passwords", type=Path, help="a folder of the files kafka-<service>")
    places.add_argument("--secrets", type=Path, help="a folder with one for each process")
    given = parser.parse_args()
    with failure_sentences():
        kafka = BrokerSettings().broker
        passwords = read_secrets(given.secrets) if given.secrets else read_passwords(given.passwords)
        with open_cluster(kafka) as cluster:
            admit_services(cluster, passwords, kafka.prefix)
    print(f"{len(SERVICES)} services may sign in")  # noqa: T201


if __name__ == "__main__":
    main()
