"""The house's borders: who imports whom, who owns which topic."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.database import SERVICES
from shared.contracts.catalogue import TOPICS, Topic, outbound
from tests.architecture.sources import ROOT


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    checked = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("topic", [*TOPICS, outbound("organisation")], ids=lambda topic: topic.name)
def test_every_topic_has_an_owner_that_exists_and_that_its_name_tells(topic: Topic) -> None:
    assert topic.owner in SERVICES
    assert (ROOT / "services" / topic.owner / "app.py").is_file()
    assert topic.name.startswith(f"{topic.owner}.")


def test_no_two_topics_share_a_name() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
