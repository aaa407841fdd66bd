"""A disturbed network is slow, cut or silent, as it should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.ports import LOOPBACK
from tests.faults.network import Network

SLOW_SECONDS = 0.2
PATIENCE_SECONDS = 0.3


async def echo_back(source: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(100):
            answer.write(chunk)
    finally:
        answer.close()


@asynccontextmanager
async def echoing_network() -> AsyncIterator[Network]:
    """A network in front of a server that repeats what it hears."""
    server, network = await asyncio.start_server(echo_back, LOOPBACK, 0), Network()
    async with server, network.forwarding_to(server.sockets[0].getsockname()[1]):
        yield network


class Caller:
    """Somebody who says a word and waits for it to come back."""

    def __init__(self, source: asyncio.StreamReader, ask: asyncio.StreamWriter) -> None:
        self._source, self._ask = source, ask

    @classmethod
    async def connect_to(cls, network: Network) -> "Caller":
        return cls(*await asyncio.open_connection(LOOPBACK, network.port))

    async def send_word(self, word: bytes, seconds: float = 5) -> bytes:
        """The answer; b"" at the end of the connection. Raises TimeoutError without an answer."""
        self._ask.write(word)
        async with asyncio.timeout(seconds):
            return await self._source.read(100)

    def close_connection(self) -> None:
        self._ask.close()


async def test_a_good_network_passes_everything_on() -> None:
    async with echoing_network() as network:
        caller = await Caller.connect_to(network)
        assert await caller.send_word(b"word") == b"word"
        caller.close_connection()


async def test_a_slow_network_takes_its_time_in_each_direction() -> None:
    async with echoing_network() as network, network.slowed_down(SLOW_SECONDS):
        caller, clock = await Caller.connect_to(network), asyncio.get_running_loop()
        begun = clock.time()
        assert await caller.send_word(b"word") == b"word"
        assert clock.time() - begun >= 2 * SLOW_SECONDS
        caller.close_connection()


async def test_a_network_that_is_cut_resets_what_is_open_and_refuses_the_rest() -> None:
    async with echoing_network() as network:
        caller = await Caller.connect_to(network)
        await caller.send_word(b"word")
        async with network.cut_off():
            with pytest.raises(ConnectionResetError):
                await caller.send_word(b"word")
            with pytest.raises(ConnectionRefusedError):
                await Caller.connect_to(network)
        again = await Caller.connect_to(network)
        assert await again.send_word(b"word") == b"word"
        again.close_connection()


async def test_a_silent_network_answers_nothing_and_notifies_nobody_for_ever() -> None:
    async with echoing_network() as network:
        old = await Caller.connect_to(network)
        await old.send_word(b"word")
        async with network.gone_silent():
            new = await Caller.connect_to(network)
            for caller in (old, new):
                with pytest.raises(TimeoutError):
                    await caller.send_word(b"word", PATIENCE_SECONDS)
        for caller in (old, new):
            with pytest.raises(TimeoutError):
                await caller.send_word(b"word", PATIENCE_SECONDS)
            caller.close_connection()
        good = await Caller.connect_to(network)
        assert await good.send_word(b"word") == b"word"
        good.close_connection()
