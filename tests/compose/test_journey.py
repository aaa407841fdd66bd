"""The journey passes on the platform in containers as it passes in the demo, through the front door alone."""

from typing import cast

import pytest
from rich.console import Console

from deploy.local.context import Context
from deploy.local.journey.steps import play_journey
from deploy.local.partners import PUBLIC
from deploy.local.processes import Processes
from tests.compose.entrance import MailEntrance
from tests.compose.stack import PARTNERS, Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]


class Containers:
    """What the journey kills and starts."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def kill(self, name: str) -> None:
        self._stack.compose("kill", name)

    def start(self, name: str) -> None:
        self._stack.compose("start", name)
        self._stack.wait_until_healthy(name)

    def read_readiness(self) -> dict[str, bool]:
        return {name: self._stack.is_healthy(name) for name in self._stack.lasting}


def test_the_journey_passes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(stack.certificate))
    report = play_journey(
        Context(
            home=stack.folder,
            kafka=stack.kafka,
            urls=stack.urls,
            postgres="",
            smtp="",
            mailbox=stack.mails,
            partners=PARTNERS,
            partner_folders={PUBLIC: stack.admit_partner(PUBLIC)},
            processes=cast(Processes, Containers(stack)),
            entrance=MailEntrance(stack),
            console=Console(),
        )
    )
    assert [f"{step.what}: {step.trouble}" for step in report.steps if step.trouble] == []
