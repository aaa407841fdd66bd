"""The topics' command says what an operator can mend."""

import os
import subprocess
import sys

import pytest

from deploy.local.home import CHECKOUT


@pytest.mark.parametrize(
    ("bootstrap", "code", "sentence"),
    [
        ("127.0.0.1:1", 1, "Kafka can't be used (KafkaConnectionError): is it up"),
        ("127.0.0.1:port", 2, "The settings can't be used: ALUMNIBUS_KAFKA: "),
    ],
)
def test_a_broker_that_cannot_be_used_is_told_in_one_sentence(
    bootstrap: str, code: int, sentence: str
) -> None:
    command = (sys.executable, "-m", "deploy.kafka.topics")
    environment = os.environ | {"ALUMNIBUS_KAFKA": bootstrap}
    found = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=False, env=environment
    )

    assert found.returncode == code
    assert found.stderr.splitlines()[-1].startswith(sentence)
    assert "Traceback" not in found.stderr
