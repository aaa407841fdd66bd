"""How often somebody may ask, by account and by network; each process counts for itself."""

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from shared.access.network import Network, find_client
from shared.access.principal import Principal
from shared.contracts.refusals import TooMany

MOST_KEYS = 10_000


class AskedTooOften(TooMany):
    """Somebody asks more often than they may; in so many seconds they may again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("asked-too-often", f"This was asked too often. Try again in {seconds} s.")
        self.headers = {"Retry-After": str(seconds)}


class _Window(NamedTuple):
    hits: int
    ends: float


class BoundedStorage(Storage):
    """Counts in memory, of the `most` who asked last: a flood of addresses costs no more than these."""

    STORAGE_SCHEME = ["async+bounded"]  # noqa: RUF012 (so the library names it)

    def __init__(self, most: int = MOST_KEYS) -> None:
        super().__init__()
        self._most = most
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What it may raise: nothing of its own."""
        return ValueError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; returns how many there are in this window."""
        window = self._find_window(key)
        self._windows[key] = _Window(
            window.hits + amount, window.ends if window.hits else time.time() + expiry
        )
        self._windows.move_to_end(key)
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
        return self._windows[key].hits

    async def get(self, key: str) -> int:
        """How many there are in this window."""
        return self._find_window(key).hits

    async def get_expiry(self, key: str) -> float:
        """When this window ends, as seconds since the epoch."""
        return self._find_window(key).ends

    async def check(self) -> bool:
        """It is always there."""
        return True

    async def reset(self) -> int:
        """Forget all counts; returns how many."""
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one count."""
        self._windows.pop(key, None)

    def _find_window(self, key: str) -> _Window:
        now = time.time()
        window = self._windows.get(key)
        return window if window is not None and window.ends > now else _Window(0, now)


class Limits:
    """The limits of one process: those of all requests, and those that endpoints declare.

    `network` and `account` are as "3000 per minute". Counts of one limit push out none of another's.
    """

    def __init__(self, proxies: Sequence[Network], network: str, account: str) -> None:
        self._proxies = proxies
        self._network, self._account = parse(network), parse(account)
        self._limiters: dict[str, FixedWindowRateLimiter] = {}

    async def count_request(self, request: Request) -> None:
        """Count a request of a network. Raises `AskedTooOften`."""
        await self.count_network("requests", self._network, request)

    async def count_account(self, principal: Principal) -> None:
        """Count a request of an account. Raises `AskedTooOften`."""
        await self._count("accounts", self._account, str(principal.account))

    async def count_network(self, name: str, most: RateLimitItem, request: Request) -> None:
        """Count under this name for the network that asks, if it is outside. Raises `AskedTooOften`."""
        client = find_client(request, self._proxies)
        if client is not None:
            await self._count(name, most, _name_network(client))

    async def _count(self, name: str, most: RateLimitItem, who: str) -> None:
        if name not in self._limiters:
            self._limiters[name] = FixedWindowRateLimiter(BoundedStorage())
        limiter = self._limiters[name]
        if not await limiter.hit(most, who):
            window = await limiter.get_window_stats(most, who)
            raise AskedTooOften(math.ceil(max(1, window.reset_time - time.time())))


def _name_network(address: IPv4Address | IPv6Address) -> str:
    """A household, or whoever else has one connection, has a whole /64 of IPv6."""
    return str(address if address.version == 4 else IPv6Network((address, 64), strict=False))


def find_limits(request: Request) -> Limits:
    """The limits of the process that serves this."""
    limits: Limits = request.app.state.limits
    return limits


async def limit_requests(request: Request) -> None:
    """A dependency of all endpoints but health: so often may a network ask."""
    await find_limits(request).count_request(request)


def limit(name: str, most: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency of an endpoint that a network may use so often: `Depends(limit("sign-in", "30 per 15 minutes"))`.

    Endpoints with the same name share it.
    """
    item = parse(most)

    async def count(request: Request) -> None:
        await find_limits(request).count_network(name, item, request)

    return count
