"""Each service has a role and a schema of its own, and can't touch another's."""

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from deploy.local.children import Children
from deploy.local.database import prepare_database
from deploy.local.home import locked_home, reset_home
from deploy.local.postgres import Postgres, start_postgres
from deploy.local.servers import Servers
from deploy.postgres.roles import SERVICES

QUIET = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
}


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


@pytest.mark.parametrize("service", SERVICES)
async def test_no_role_has_the_server_log_rows_statements_or_parameters(
    dsns: dict[str, str], service: str
) -> None:
    connection = await asyncpg.connect(dsns[service])
    found = await connection.fetch("SELECT name, setting FROM pg_settings WHERE starts_with(name, 'log_')")
    await connection.close()

    assert QUIET.items() <= {row["name"]: row["setting"] for row in found}.items()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[Postgres, Path]]:
    """A server of this test's own, and its log."""
    with locked_home(tmp_path) as lock, Children([lock]) as children:
        yield start_postgres(tmp_path, children, False, {}), tmp_path / "logs" / "postgres.log"
    reset_home(tmp_path)


WORD = "Musterhaft"
FAILING = [
    "INSERT INTO person VALUES ('Musterhaft')",
    "INSERT INTO person VALUES ('not Musterhaft')",
    "INSERT INTO person VALUES ('not Musterhaft', NULL)",
    "INSERT INTO person VALUES ('not Musterhaft', 'Musterhaft', 'x')",
    "INSERT INTO friend VALUES ('of Musterhaft')",
    "DELETE FROM person WHERE name = 'Musterhaft'",
    "SELECT 1 / 0 FROM person WHERE name = 'Musterhaft'",
]


async def test_no_line_of_the_servers_log_quotes_a_row_a_statement_or_a_parameter(
    own_server: tuple[Postgres, Path], passwords: Mapping[str, str]
) -> None:
    server, log = own_server
    dsn = prepare_database(server.address, "quoting", passwords)["members"]
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "members"})
    await connection.execute(
        "CREATE TABLE person (name text PRIMARY KEY, city text NOT NULL DEFAULT 'Bonn', size int DEFAULT 1);"
        " ALTER TABLE person ADD CONSTRAINT short CHECK (length(name) < 12);"
        " CREATE TABLE friend (name text REFERENCES person);"
        " INSERT INTO person VALUES ('Musterhaft'); INSERT INTO friend VALUES ('Musterhaft')"
    )
    before = len(log.read_text())
    for statement in FAILING:
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement)
    for statement in (
        "INSERT INTO person (name) VALUES ($1)",
        "SELECT 1 / (length($1) - length($1)) FROM person",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement, WORD)
    await connection.close()

    written = log.read_text()[before:]
    assert written.count("ERROR:") == len(FAILING) + 2
    assert WORD not in written
