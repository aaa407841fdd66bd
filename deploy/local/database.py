"""The demo's database: made on the running server, with passwords that its home keeps."""

from collections.abc import Mapping
from pathlib import Path

from deploy.local.home import get_secret
from deploy.local.server import run_in_thread
from deploy.postgres.roles import SERVICES, make_database, service_dsn


def service_passwords(home: Path) -> dict[str, str]:
    """The services' passwords of this home, made at the first call."""
    return {service: get_secret(home, service) for service in SERVICES}


def prepare_database(superuser: str, name: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Make the database, roles, schemas and extensions if they are missing; gives each service its DSN.

    `superuser` is the DSN of a superuser in any database; `passwords` has one for each service.
    """
    run_in_thread(make_database(superuser, name, passwords))
    return {service: service_dsn(superuser, name, service, passwords[service]) for service in SERVICES}
