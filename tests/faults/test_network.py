"""The bad network is as bad as it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.ports import LOOPBACK
from tests.faults.network import Network

SLOW_SECONDS = 0.2
PATIENCE_SECONDS = 0.3


async def echo(source: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
    while chunk := await source.read(100):
        answer.write(chunk)
    answer.close()


@asynccontextmanager
async def echoing() -> AsyncIterator[Network]:
    """A network in front of a server that repeats what it hears."""
    server, network = await asyncio.start_server(echo, LOOPBACK, 0), Network()
    async with server, network.passing(server.sockets[0].getsockname()[1]):
        yield network


class Caller:
    """Somebody who says a word and waits for it to come back."""

    def __init__(self, source: asyncio.StreamReader, ask: asyncio.StreamWriter) -> None:
        self._source, self._ask = source, ask

    @classmethod
    async def of(cls, network: Network) -> "Caller":
        return cls(*await asyncio.open_connection(LOOPBACK, network.port))

    async def says(self, word: bytes, seconds: float = 5) -> bytes:
        """The answer; b"" at the end of the connection. Raises TimeoutError without an answer."""
        self._ask.write(word)
        async with asyncio.timeout(seconds):
            return await self._source.read(100)

    def hangs_up(self) -> None:
        self._ask.close()


async def test_a_good_network_passes_everything_on() -> None:
    async with echoing() as network:
        caller = await Caller.of(network)
        assert await caller.says(b"word") == b"word"
        caller.hangs_up()


async def test_a_slow_network_takes_its_time_in_each_direction() -> None:
    async with echoing() as network, network.slow(SLOW_SECONDS):
        caller, clock = await Caller.of(network), asyncio.get_running_loop()
        begun = clock.time()
        assert await caller.says(b"word") == b"word"
        assert clock.time() - begun >= 2 * SLOW_SECONDS
        caller.hangs_up()


async def test_a_network_that_is_cut_resets_what_is_open_and_refuses_the_rest() -> None:
    async with echoing() as network:
        caller = await Caller.of(network)
        await caller.says(b"word")
        async with network.cut():
            with pytest.raises(ConnectionResetError):
                await caller.says(b"word")
            with pytest.raises(ConnectionRefusedError):
                await Caller.of(network)
        again = await Caller.of(network)
        assert await again.says(b"word") == b"word"
        again.hangs_up()


async def test_a_silent_network_answers_nothing_and_tells_nobody_for_ever() -> None:
    async with echoing() as network:
        old = await Caller.of(network)
        await old.says(b"word")
        async with network.silent():
            new = await Caller.of(network)
            for caller in (old, new):
                with pytest.raises(TimeoutError):
                    await caller.says(b"word", PATIENCE_SECONDS)
        for caller in (old, new):
            with pytest.raises(TimeoutError):
                await caller.says(b"word", PATIENCE_SECONDS)
            caller.hangs_up()
        good = await Caller.of(network)
        assert await good.says(b"word") == b"word"
        good.hangs_up()
