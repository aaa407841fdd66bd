"""The platform's database: four roles that each own one schema and can't read another's."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.local.home import get_secret
from deploy.local.server import run_in_thread

SERVICES = ("members", "events", "matching", "notifications")
ROLES = Path(__file__).parents[1] / "postgres" / "roles.sql"

# Roles belong to the whole server, and two sessions that alter one at the same time fail.
ONE_AT_A_TIME = 7_241_003_118


def service_passwords(home: Path) -> dict[str, str]:
    """The services' passwords of this home, made at the first call."""
    return {service: get_secret(home, service) for service in SERVICES}


def prepare_database(superuser: str, name: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Make the database, roles, schemas and extensions if they are missing; gives each service its DSN.

    `superuser` is the DSN of a superuser in any database; `passwords` has one for each service.
    """
    run_in_thread(_prepare_database(superuser, name, passwords))
    return {service: service_dsn(superuser, name, service, passwords[service]) for service in SERVICES}


def service_dsn(superuser: str, name: str, service: str, password: str) -> str:
    """The DSN with which one service opens the database `name` on the same server."""
    server = urlsplit(superuser).netloc.rpartition("@")[2]
    return urlunsplit(("postgresql", f"{service}:{quote(password, safe='')}@{server}", f"/{name}", "", ""))


async def _prepare_database(superuser: str, name: str, passwords: Mapping[str, str]) -> None:
    outside = await asyncpg.connect(superuser)
    try:
        await outside.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        if not await outside.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await outside.execute(f"CREATE DATABASE {_quote_identifier(name)}")
        await _make_roles(superuser, name, passwords)
    finally:
        await outside.close()


async def _make_roles(superuser: str, name: str, passwords: Mapping[str, str]) -> None:
    inside = await asyncpg.connect(superuser, database=name)
    try:
        async with inside.transaction():
            for setting, password in _password_settings(passwords):
                await inside.execute("SELECT set_config($1, $2, true)", setting, password)
            await inside.execute(ROLES.read_text())
    finally:
        await inside.close()


def _password_settings(passwords: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"alumnibus.password_{service}", passwords[service]) for service in SERVICES)


def _quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
