"""The generator's process: unique operations asked of the API at a steady rate, whatever happens behind it.

Every other operation is asked again, with the same Idempotency-Key, until it is answered; the rest are left as "maybe".
SIGTERM ends it: nothing new is asked, and what is asked again gets a last while.
"""

import argparse
import asyncio
import itertools
import random
import signal
from pathlib import Path

import httpx

from tests.faults import ledger
from tests.faults.ledger import Book

HOT = 4
COLD = 500
ANSWER_SECONDS = 5.0
RETRY_SECONDS = 0.2
LAST_SECONDS = 20.0
CONCURRENCY = 24


class Generator:
    """Asks the API, and writes to the ledger before and after."""

    def __init__(self, name: str, http: httpx.AsyncClient, book: Book) -> None:
        self._name = name
        self._http = http
        self._book = book
        self._chance = random.Random(name)
        self._free = asyncio.Semaphore(CONCURRENCY)
        self.ending = asyncio.Event()
        self._over = asyncio.Event()

    async def issue_operations(self, rate: float) -> None:
        """Issue `rate` operations a second until `ending`; while none is answered, fewer."""
        clock = asyncio.get_running_loop()
        due = clock.time()
        async with asyncio.TaskGroup() as operations:
            for number in itertools.count():
                await self._wait_for_turn(due - clock.time())
                if self.ending.is_set():
                    break
                operations.create_task(self._run_operation(number))
                due = max(due + 1 / rate, clock.time() - 0.25)
            clock.call_later(LAST_SECONDS, self._over.set)

    async def _wait_for_turn(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
        while self._free.locked() and not self.ending.is_set():
            await asyncio.sleep(0.01)

    async def _run_operation(self, number: int) -> None:
        value, account = f"{self._name}-{number}", self._draw_account()
        async with self._free:
            await self._book.write_line("issued", value=value, account=account)
            while not await self._ask_once(value, account) and number % 2 and not self._over.is_set():
                await asyncio.sleep(RETRY_SECONDS)

    async def _ask_once(self, value: str, account: str) -> bool:
        """Ask once; False if no clear answer came."""
        try:
            answer = await self._http.post(
                f"/accounts/{account}/entries", json={"value": value}, headers={"Idempotency-Key": value}
            )
        except httpx.TransportError:
            return False
        if answer.is_success:
            await self._book.write_line("acknowledged", value=value, version=answer.json()["version"])
        elif answer.is_client_error:
            await self._book.write_line("refused", value=value)
        return not answer.is_server_error

    def _draw_account(self) -> str:
        if self._chance.random() < 0.5:
            return f"hot{self._chance.randrange(HOT)}"
        return f"cold{self._chance.randrange(COLD)}"


async def generate_load(url: str, path: Path, rate: float) -> None:
    """Generate until SIGTERM. The file's name makes the operations' names."""
    loop = asyncio.get_running_loop()
    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    async with (
        ledger.open_book(path) as book,
        httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, limits=limits) as http,
    ):
        generator = Generator(path.stem, http, book)
        loop.add_signal_handler(signal.SIGTERM, generator.ending.set)
        await generator.issue_operations(rate)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Issue operations until SIGTERM.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--rate", type=float, required=True, help="operations a second")
    given = parser.parse_args()
    asyncio.run(generate_load(given.url, given.ledger, given.rate))


if __name__ == "__main__":
    main()
