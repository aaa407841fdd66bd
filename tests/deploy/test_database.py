"""Each service has a role and a schema of its own, and can't touch another's."""

import secrets
from collections.abc import Mapping

import asyncpg
import pytest

from deploy.local.database import SERVICES, prepare_database
from deploy.local.servers import Servers


@pytest.fixture(scope="session")
def dsns(servers: Servers, passwords: Mapping[str, str]) -> dict[str, str]:
    return prepare_database(servers.postgres, f"launcher_{secrets.token_hex(4)}", passwords)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_owns_its_schema(dsns: dict[str, str], service: str) -> None:
    connection = await asyncpg.connect(dsns[service])
    try:
        await connection.execute(f"CREATE TABLE {service}.own AS SELECT 1 AS one")

        assert await connection.fetchval(f"SELECT one FROM {service}.own") == 1
    finally:
        await connection.close()


@pytest.mark.parametrize("other", ["events", "matching", "notifications"])
async def test_a_role_can_not_read_anothers_tables(dsns: dict[str, str], other: str) -> None:
    owner = await asyncpg.connect(dsns[other])
    await owner.execute(f"CREATE TABLE {other}.private (word text)")
    await owner.close()
    connection = await asyncpg.connect(dsns["members"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {other}.private")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.anywhere (word text)",
        "CREATE TABLE extensions.anywhere (word text)",
        "CREATE SCHEMA another",
        "CREATE TEMPORARY TABLE anywhere (word text)",
        "CREATE ROLE another",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
async def test_nothing_else_is_granted(dsns: dict[str, str], statement: str) -> None:
    connection = await asyncpg.connect(dsns["members"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_extensions_know_letters_beyond_ascii(dsns: dict[str, str]) -> None:
    connection = await asyncpg.connect(dsns["members"])
    try:
        alike = await connection.fetchval("SELECT extensions.similarity('Мюллер', 'мюллер')")
        plain = await connection.fetchval("SELECT extensions.unaccent('extensions.unaccent', 'Łódź')")
        jit = await connection.fetchval("SHOW jit")
    finally:
        await connection.close()

    assert (alike, plain, jit) == (1.0, "Lodz", "off")


def test_preparing_again_changes_nothing(
    servers: Servers, dsns: dict[str, str], passwords: Mapping[str, str]
) -> None:
    name = dsns["members"].rpartition("/")[2]

    assert prepare_database(servers.postgres, name, passwords) == dsns
