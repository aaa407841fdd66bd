"""Containers of an earlier version become today's: data is kept, and nobody waits longer than a service's restart."""

import asyncio
import io
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deploy.local.home import CHECKOUT
from deploy.postgres.roles import SERVICES
from tests.compose.stack import Stack
from tests.compose.test_life import Traffic
from tests.operations.document import commands, sections

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]
# What an operator has for the containers, and what of it their image is made of.
PRODUCT = ("deploy", "services", "shared", "requirements", "Makefile", ".dockerignore")
IMAGE = ("deploy", "services", "shared", "requirements/operate.txt", ":!deploy/local", ":!shared/testing")
# A service on two cores that others use too; the front door waits 10 s before it gives up.
RESTART_SECONDS = 30.0


def walking(heading: str) -> str:
    """The commands of a section, which a shell carries out one after the other."""
    return "\n".join(commands(sections()[heading]))


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, check=True).stdout


def find_earlier() -> str:
    """The commit that EARLIER names; otherwise the one before the newest that changed the image."""
    try:
        return os.environ.get("EARLIER") or git("log", "-1", "--format=%H^1", "--", *IMAGE).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.fail("An upgrade needs an earlier commit: clone the repository with its history.")


@pytest.fixture
def checkout(stack: Stack, tmp_path: Path) -> Path:
    """An operator's checkout of the earlier commit, from which the stack is up, on empty volumes, and goes on later."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", find_earlier(), *PRODUCT))) as earlier:
        earlier.extractall(tmp_path, filter="data")
    stack.compose("down", "--volumes", "--timeout=60")
    stack.move(tmp_path)
    stack.compose("build")
    stack.start()
    return tmp_path


def check_out_todays(folder: Path) -> None:
    """Let the checkout be as this one is."""
    for name in PRODUCT:
        if (here := CHECKOUT / name).is_file():
            shutil.copy(here, folder / name)
        else:
            shutil.rmtree(folder / name)
            shutil.copytree(here, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


class Visitors:
    """Somebody at each service who asks all the time; `longest` is how long one was without an answer, in seconds."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient) -> None:
        self._urls = stack.urls
        self._client = client
        self.longest = dict.fromkeys(SERVICES, 0.0)
        self.refused = dict.fromkeys(SERVICES, 0)

    async def visit(self, service: str) -> None:
        """Ask again and again, until cancelled."""
        answered = time.monotonic()
        while True:
            if await self._is_answered(f"{self._urls[service]}/statistics"):
                now = time.monotonic()
                self.longest[service] = max(self.longest[service], now - answered)
                answered = now
            else:
                self.refused[service] += 1
            await asyncio.sleep(0.1)

    async def _is_answered(self, url: str) -> bool:
        try:
            return (await self._client.get(url)).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
async def client(stack: Stack, checkout: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=stack.trust, timeout=30) as opened:
        yield opened


async def test_an_upgrade_keeps_data_and_lets_nobody_wait_longer_than_a_restart(
    stack: Stack, checkout: Path, client: httpx.AsyncClient
) -> None:
    traffic, visitors = Traffic(stack, client, pause=1.0), Visitors(stack, client)
    await traffic.run_during(lambda: None)
    before = {service: stack.find(service) for service in SERVICES}
    check_out_todays(checkout)
    began = time.monotonic()
    async with asyncio.TaskGroup() as visiting:
        visits = [visiting.create_task(visitors.visit(service)) for service in SERVICES]
        await traffic.run_during(lambda: stack.carry_out(walking("Upgrade the containers"), checkout))
        for visit in visits:
            visit.cancel()
    stack.note(
        f"upgrade: {time.monotonic() - began:.0f} s; longest without an answer: "
        + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in visitors.longest.items())
        + f"; refused: {sum(visitors.refused.values())}"
    )
    assert all(stack.is_healthy(service) for service in stack.lasting)
    assert not any(set(before[service]) & set(stack.find(service)) for service in SERVICES)
    assert max(visitors.longest.values()) < RESTART_SECONDS
    await traffic.require_nothing_lost()
