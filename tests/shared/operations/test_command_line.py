"""The command line: what an operator reads, in sentences and without secrets."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest
from fastapi import APIRouter
from typer.testing import CliRunner

from shared.operations.command_line import command_line
from shared.runtime.service import Definition, Service
from shared.runtime.settings import Settings

SECRET = "5ecre7-5ecre7-5ecre7-5ecre7"


DEFINITION = Definition(name="members", folder=Path(__file__).parent)


def compose() -> Service:
    return Service(**vars(DEFINITION), settings=Settings(), router=APIRouter())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, dsns: Mapping[str, str]) -> None:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["members"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:1")


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command_line(DEFINITION, compose), words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_a_variable_with_another_prefix_is_told_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"grpc://{SECRET}")
    found, output = said("serve")

    assert found == 2
    assert output.startswith("The settings can't be used: OTEL_EXPORTER_OTLP_ENDPOINT: ")
    assert SECRET not in output


@pytest.mark.parametrize("words", [("migrate",), ("parked", "list"), ("position", "show")])
@pytest.mark.parametrize(
    ("database", "code", "sentence"),
    [
        (f"postgresql://x:{SECRET}@127.0.0.1:1/z", 1, "The database can't be used ("),
        (f"{SECRET}@nowhere", 2, "The settings can't be used: ALUMNIBUS_DATABASE: "),
        (f"http://{SECRET}", 2, "The settings can't be used: ALUMNIBUS_DATABASE: "),
        (f"postgresql://x@h:{SECRET}/z", 2, "The settings can't be used: ALUMNIBUS_DATABASE: "),
        ("", 2, "The settings can't be used: ALUMNIBUS_DATABASE isn't set."),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_sentence(
    words: tuple[str, ...], database: str, code: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", database)
    found, output = said(*words)

    assert found == code
    assert output.startswith(sentence)
    assert output.count("\n") == 1
    assert SECRET not in output


def test_a_wrong_setting_is_named_and_no_value_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALUMNIBUS_HTTP_PORT", SECRET)
    monkeypatch.delenv("ALUMNIBUS_KAFKA")
    code, output = said("serve")

    assert code == 2
    assert output.startswith("The settings can't be used: ALUMNIBUS_KAFKA isn't set; ALUMNIBUS_HTTP_PORT: ")
    assert output.count("\n") == 1
    assert SECRET not in output
    assert "postgresql" not in output


def test_a_second_migration_says_that_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    said("migrate")

    assert said("migrate") == (0, "applied nothing: the schema is up to date\n")


def test_a_new_generation_is_told_with_what_comes_next() -> None:
    said("migrate")

    for number in (2, 3):
        code, output = said("migrate", "--restored")
        assert code == 0
        assert f"began generation {number}: republish --restored comes next" in output


def test_positions_that_are_not_there_are_not_accepted() -> None:
    assert said("position", "accept", "unread.v1", "0", "7")[0] == 2
    assert said("position", "accept", "unread.v1", "all", "0")[0] == 2
    assert said("position", "accept", "all", "all", "0")[0] == 2
    assert "of all topics it is all" in said("position", "accept", "all", "3", "0")[1]


def test_a_partition_is_a_number_or_all() -> None:
    code, output = said("position", "accept", "unread.v1", "every", "0")

    assert code == 2
    assert "every is neither a number nor all" in output


def test_a_service_without_replicas_says_that_it_has_none() -> None:
    told = (1, "members keeps no replica of unread.v1; its topics are: none.\n")
    assert said("rebuild", "unread.v1") == told


@pytest.mark.parametrize("older", ["DROP TABLE position", "ALTER TABLE position DROP COLUMN topic_id"])
def test_a_schema_that_is_older_than_the_build_is_told_in_one_sentence(
    older: str, dsns: Mapping[str, str]
) -> None:
    asyncio.run(executed(dsns["members"], older))

    told = (1, "The schema is older than this build: run migrate.\n")
    assert said("position", "accept", "unread.v1", "0", "7") == told


async def executed(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "members"})
    await connection.execute(statement)
    await connection.close()
