"""The glossary has the words of the code, and the code has the glossary's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import TOPICS, outbound
from tests.architecture.sources import PRODUCT, ROOT, modules

GLOSSARY = ROOT / "docs" / "glossary.md"
NO_NOUNS = {"migrations", "templates", "static", "locale", "__pycache__"}


def named() -> set[str]:
    """What the glossary's last column names."""
    rows = re.findall(r"^\|.*\|(.*)\|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def contract_classes() -> Iterator[str]:
    """The classes of the published language, and its base."""
    for _, tree in modules("shared/contracts"):
        for node in ast.walk(tree):
            bases = {ast.unparse(base) for base in getattr(node, "bases", ())}
            if isinstance(node, ast.ClassDef) and bases & {"Contract", "StrEnum"}:
                yield node.name


def folders() -> Iterator[str]:
    """The folders of nouns: of each service, and of what they share."""
    for parent in (*(ROOT / "services" / service for service in SERVICES), ROOT / "shared"):
        yield from (path.name for path in parent.iterdir() if path.is_dir() and path.name not in NO_NOUNS)


def words_of(path: Path) -> set[str]:
    return set(re.findall(r"\w+", path.read_text("utf-8")))


def test_each_class_of_the_contracts_each_topic_and_each_folder_stands_in_the_glossary() -> None:
    topics = {topic.name for topic in (*TOPICS, outbound("organisation"))}

    assert {*contract_classes(), *topics, *folders()} - named() == set()


def test_the_code_has_what_the_glossary_names() -> None:
    topics = {topic.name for topic in (*TOPICS, outbound("organisation"))}
    sources = [ROOT / path for path, _ in modules(*PRODUCT, "tests")]
    known = {word for path in sources for word in words_of(path)} | set(folders()) | topics

    assert named() - known == set()


def test_no_word_is_explained_twice() -> None:
    words = re.findall(r"^\| (?!word |---)([^|]+) \|", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    single = [word.strip() for cell in words for word in cell.split(",")]

    assert sorted(single) == sorted(set(single))
