"""The borders of the house: who imports whom, who owns which topic."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import TOPICS, Topic, outbound
from tests.architecture.sources import ROOT

OPENED_BY_THE_ROOT = "Endpoints and workers are opened by the composition root alone"
# For each contract an import that it forbids: in which module, and of what.
BREACHES: Mapping[str, tuple[str, str]] = {
    "Services know nothing of each other": ("services.matching.regions", "services.events.erasure"),
    "Shared mechanism knows no service": ("shared.postgres.migrate", "services.members.app"),
    "Layers of shared": ("shared.messaging.outbox", "shared.runtime.worker"),
    "No rings between siblings": (
        "services.members.organisations.organisations",
        "services.members.imports.rows",
    ),
    OPENED_BY_THE_ROOT: (
        "services.members.duplicates.similarity",
        "services.members.statistics.api",
    ),
    "Rules are pure": ("services.events.offers.rules", "asyncpg"),
    "Services never use testing tools, nor the deployment": (
        "services.notifications.erasure",
        "shared.testing.waiting",
    ),
}
# And for each of the patterns that only the root may import.
OPENED: Sequence[tuple[str, str]] = (
    BREACHES[OPENED_BY_THE_ROOT],
    ("services.events.offers.rows", "services.events.overview.pages"),
    ("services.members.erasure.erasure", "services.members.imports.work"),
    ("services.matching.erasure.erasure", "services.matching.consumers"),
    ("services.members.imports.rows", "services.members.settings"),
)


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """What the import linter says of the checkout at `root`."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache"], cwd=root, capture_output=True, text=True, timeout=100, check=False
    )


def test_the_import_contracts_are_kept() -> None:
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout


def test_each_import_contract_finds_a_planted_breach(tmp_path: Path) -> None:
    for name in ("shared", "services", "deploy", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    for module, imported in (*BREACHES.values(), *OPENED[1:]):
        path = (tmp_path / module.replace(".", "/")).with_suffix(".py")
        path.write_text(f"{path.read_text('utf-8')}\nimport {imported}\n", "utf-8")

    checked = lint_imports(tmp_path).stdout

    broken = set(re.findall(r"^(.*) BROKEN$", checked, re.MULTILINE))
    assert broken == set(BREACHES), checked
    illegal = set(re.findall(r"^- (\S+) -> (\S+) ?$", re.sub(r"\s+\(l\.\d+\)", "", checked), re.MULTILINE))
    assert set(OPENED) <= illegal, checked


@pytest.mark.parametrize("topic", [*TOPICS, outbound("organisation")], ids=lambda topic: topic.name)
def test_every_topic_has_an_owner_that_exists_and_that_its_name_tells(topic: Topic) -> None:
    assert topic.owner in SERVICES
    assert (ROOT / "services" / topic.owner / "app.py").is_file()
    assert topic.name.startswith(f"{topic.owner}.")


def test_no_two_topics_share_a_name() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
