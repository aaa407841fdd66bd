"""docs/operations.md, "Deploy": each of its commands works as it stands there."""

import re

import pytest

from tests.compose.stack import Stack
from tests.operations.document import sections

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]
BLOCKS = re.findall(r"```\n(.*?)```", sections()["Deploy"], re.DOTALL)
MAIL_SERVER = """
echo 'smtp://mail:1025' | docker compose -f deploy/compose.yaml run --rm -T secrets \\
  deploy.secrets put /secrets notifications alumnibus_smtp
docker compose -f deploy/compose.yaml restart notifications
"""


@pytest.mark.parametrize(
    "block", BLOCKS, ids=lambda block: block.splitlines()[0].split("compose.yaml")[-1].strip()
)
def test_a_command_works_as_it_stands_in_the_document(stack: Stack, block: str) -> None:
    try:
        stack.run_as_written(block)
    finally:
        if "alumnibus_smtp" in block:
            stack.run_as_written(MAIL_SERVER)
        stack.start("--scale", "notifications=1")
