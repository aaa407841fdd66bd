"""A service's SQL stays in its own schema."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.postgres.roles import SERVICES
from tests.architecture.sources import ROOT, modules

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE|FROM|JOIN|GRANT)\b")
TOPIC = re.compile(r"\b[a-z]+(\.[a-z-]+)+\.v\d+\b")
COMMENT = re.compile(r"--.*")
ESCAPE = re.compile(r"\b(search_path|SET\s+(SESSION\s+|LOCAL\s+)?ROLE|dblink|postgres_fdw)\b", re.IGNORECASE)


def statements(service: str) -> Iterator[tuple[Path, str]]:
    """Every text of a service that may be SQL."""
    for path in sorted((ROOT / "services" / service).rglob("*.sql")):
        yield path.relative_to(ROOT), path.read_text("utf-8")
    for path, tree in modules(f"services/{service}"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value


def strays(service: str, statement: str) -> list[str]:
    """The other schemas that a statement names, and ways round the search path."""
    if not SQL.search(statement):
        return []
    text = COMMENT.sub("", TOPIC.sub("", statement))
    schemas = "|".join((*(other for other in SERVICES if other != service), "public", "pg_temp"))
    found = [match[0] for match in re.finditer(rf'(?<![\w.])"?({schemas})"?\s*\.\s*"?\w+', text)]
    return found + [match[0] for match in ESCAPE.finditer(text)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_sql_names_no_other_schema(service: str) -> None:
    found = [
        (str(path), what) for path, statement in statements(service) for what in strays(service, statement)
    ]

    assert found == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM members.member",
        'SELECT * FROM a, "members"."member"',
        "SELECT (SELECT count(*) FROM a JOIN matching .request USING (id))",
        "CREATE TABLE public.t ()",
        "SELECT 1; SET search_path = members",
        "SET ROLE members; SELECT 1",
    ],
)
def test_each_way_into_another_schema_is_found(statement: str) -> None:
    assert strays("events", statement)


def test_topics_and_comments_may_name_other_services() -> None:
    assert strays("events", "SELECT 1 WHERE topic = 'members.profile.v1' -- as members.profile tells") == []
