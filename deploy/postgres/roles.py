"""The platform's database, and four roles in it that each own one schema and can't read another's.

As a job: `python -m deploy.postgres.roles --secrets /secrets`, with the secrets as `deploy.secrets` makes them.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

SERVICES = ("members", "events", "matching", "notifications")
ROLES = Path(__file__).parent / "roles.sql"
PATIENCE_SECONDS = 60

# Roles belong to the whole server, and two sessions that alter one at the same time fail.
ONE_AT_A_TIME = 7_241_003_118


def service_dsn(superuser: str, name: str, service: str, password: str) -> str:
    """The DSN with which one service opens the database `name` on the same server."""
    server = urlsplit(superuser).netloc.rpartition("@")[2]
    return urlunsplit(("postgresql", f"{service}:{quote(password, safe='')}@{server}", f"/{name}", "", ""))


async def make_database(superuser: str, name: str, passwords: Mapping[str, str]) -> None:
    """Make the database, roles, schemas and extensions if they are missing, and give each role its password.

    `superuser` is the DSN of a superuser in any database; `passwords` has one for each service. Raises OSError or
    asyncpg.PostgresError.
    """
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


def main() -> None:
    """The job: the server and the database are those that the services' own DSNs name."""
    parser = argparse.ArgumentParser(description="Make the database and the services' roles.")
    parser.add_argument("--secrets", type=Path, required=True, help="a folder with one for each process")
    folder = parser.parse_args().secrets
    dsns = {service: urlsplit((folder / service / "alumnibus_database").read_text()) for service in SERVICES}
    one = dsns[SERVICES[0]]
    password = (folder / "postgres" / "password").read_text()
    superuser = f"postgresql://postgres:{quote(password, safe='')}@{one.netloc.rpartition('@')[2]}/postgres"
    passwords = {service: unquote(dsn.password or "") for service, dsn in dsns.items()}
    try:
        asyncio.run(asyncio.wait_for(make_database(superuser, one.path[1:], passwords), PATIENCE_SECONDS))
    except (OSError, asyncpg.PostgresError) as error:
        sys.exit(
            f"PostgreSQL can't be used ({type(error).__name__}): is it up, is its password the right one?"
        )
    print(f"database {one.path[1:]} and {len(dsns)} roles are there")  # noqa: T201


if __name__ == "__main__":
    main()
