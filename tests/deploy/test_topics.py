"""The topics' command says what an operator can mend."""

import subprocess
import sys

import pytest

from deploy.local.home import CHECKOUT


@pytest.mark.parametrize("bootstrap", ["127.0.0.1:1", "127.0.0.1:port"])
def test_a_broker_that_cannot_be_used_is_told_in_one_sentence(bootstrap: str) -> None:
    command = (sys.executable, "-m", "deploy.kafka.topics", "--bootstrap", bootstrap)
    found = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].startswith("Kafka can't be used (")
    assert "Traceback" not in found.stderr
