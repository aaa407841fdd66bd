"""Over real sockets: what isn't HTTP as it is written is refused, and nobody holds a connection by silence."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import SimpleNamespace

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.runtime.http.connections import ClientConnection
from shared.testing.openapi import serve_app
from shared.testing.waiting import eventually

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
LENGTH, CHUNKS = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"
# Much more than may wait in a service for who reads, and less than that.
LONG = {"/large": "x" * 20_000_000, "/small": "x" * 50_000}
disconnected: list[str] = []


class Impatient(ClientConnection):
    """The same within half a second, and the system keeps little of what is unread."""

    head_seconds = 0.4
    silent_seconds = 0.4
    refusal_seconds = 0.1
    slowest_bytes = 1000
    most_open = 20
    yields_after_seconds = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        super().connection_made(transport)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body, or with much to read."""
    try:
        body = b"" if scope["path"] == "/unread" else await Request(scope, receive).body()
    except ClientDisconnect:
        disconnected.append(scope["path"])
        return
    answer = f"{scope['method']} {body.decode()}"
    await PlainTextResponse(LONG.get(scope["path"], answer))(scope, receive, send)


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serve_app(echo, Impatient, timeout_keep_alive=1) as url:
        yield url


class Few(Impatient):
    """Two of them, none of which makes room for another."""

    most_open = 2
    yields_after_seconds = 3600.0


class Slow(Impatient):
    """Slow to refuse."""

    refusal_seconds = 60.0


class Crowded:
    """An app whose line is full, or not; counts how often it was asked for that."""

    def __init__(self) -> None:
        self.full, self.asked = True, 0
        self.state = SimpleNamespace(requests_lane=self)

    def refuse_if_full(self) -> bool:
        self.asked += 1
        return self.full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect(("127.0.0.1", httpx.URL(url).port))
    reader, writer = await asyncio.open_connection(sock=own)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def exchange(url: str, *sent: bytes) -> bytes:
    """All that comes until the service closes, which it does soon."""
    async with asyncio.timeout(5), connect(url) as (reader, writer):
        for part in sent:
            writer.write(part)
            await writer.drain()
        return await reader.read()


@pytest.mark.parametrize(
    "request_",
    [
        GET.replace(b"\r\n", b"\n"),
        GET.replace(b"Host: a\r\n", b"Host: a\n"),
        GET.replace(b"Host: a", b"Host: a\rX: b"),
        GET.replace(b"1.1", b"9.9"),
        GET.replace(b"1.1", b"2.0"),
        GET.replace(b" HTTP/1.1", b""),
        GET.replace(b"Host: a", b"Host: a\r\n folded"),
        GET.replace(b"Host:", b"Host :"),
        GET.replace(b"Host: a", b"X: a"),
        GET.replace(b"Host: a", b"Host: a\r\nHost: b"),
        GET.replace(b"Host: a", b"Host: a\r\nX: \0"),
        POST + LENGTH + CHUNKS + b"\r\n0\r\n\r\n",
        POST + CHUNKS + LENGTH + b"\r\n0\r\n\r\n",
        POST + LENGTH + LENGTH + b"\r\nhello",
        POST + LENGTH + LENGTH.replace(b"5", b"6") + b"\r\nhello",
        POST + LENGTH.replace(b"5", b"5, 5") + b"\r\nhello",
        POST + LENGTH.replace(b"5", b"+5") + b"\r\nhello",
        POST + LENGTH.replace(b"5", b"-5") + b"\r\nhello",
        POST + LENGTH.replace(b"5", b"0x5") + b"\r\nhello",
        POST + CHUNKS + CHUNKS + b"\r\n0\r\n\r\n",
        POST + CHUNKS.replace(b"chunked", b"identity, chunked") + b"\r\n0\r\n\r\n",
        POST + CHUNKS.replace(b"chunked", b"\x0bchunked") + b"\r\n0\r\n\r\n",
        POST.replace(b"1.1", b"1.0") + CHUNKS + b"\r\n0\r\n\r\n",
        POST + CHUNKS + b"\r\n5\nhello\r\n0\r\n\r\n",
        POST + CHUNKS + b"\r\n+5\r\nhello\r\n0\r\n\r\n",
        POST + CHUNKS + b"\r\n0\r\nX: y\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /" + b"x" * 20_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000,
    ],
)
async def test_what_is_not_http_as_it_is_written_is_refused_and_the_connection_closed(
    url: str, request_: bytes
) -> None:
    alone = await exchange(url, request_)
    behind_another = await exchange(url, GET + request_)

    assert alone.startswith(b"HTTP/1.1 400 ")
    assert b"X-Content-Type-Options: nosniff" in alone
    assert [alone.count(b"HTTP/1.1 "), behind_another.count(b"HTTP/1.1 ")] == [1, 2]
    assert behind_another.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (GET, b"GET "),
        (GET.replace(b"Host: a", b"host:a\r\nX:\r\nY: \xff b\t c ;:"), b"GET "),
        (POST + LENGTH + b"\r\nhello", b"POST hello"),
        (POST + CHUNKS + b"\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", b"POST hello"),
        (GET.replace(b"1.1", b"1.0"), b"GET "),
    ],
)
async def test_what_is_http_is_answered_however_it_is_cut(url: str, request_: bytes, answer: bytes) -> None:
    last = GET.replace(b"Host", b"Connection: close\r\nHost")
    once = await exchange(url, request_, last)
    cut = await exchange(url, *(bytes([byte]) for byte in request_), last)

    assert answer in once
    assert answer in cut


async def trickle(url: str, begun: bytes, drop: bytes, every: float) -> bytes:
    """All that comes until the service closes, while a drop is sent every so many seconds."""
    async with asyncio.timeout(5), connect(url) as (reader, writer):
        writer.write(begun)
        answer = asyncio.ensure_future(reader.read())
        while not (await asyncio.wait([answer], timeout=every))[0]:
            writer.write(drop)
        return answer.result()


SILENT = [b"", b"GET", POST, POST + LENGTH + b"\r\n", POST + CHUNKS + b"\r\n", POST + LENGTH + b"\r\nhel"]
TRICKLING = [(GET[:-2], b"X: y\r\n"), (POST + CHUNKS + b"\r\n", b"1\r\nx\r\n")]


async def test_the_silent_and_those_who_trickle_are_told_that_they_were_too_slow(url: str) -> None:
    silent = [exchange(url, begun) for begun in SILENT]
    trickling = [trickle(url, begun, drop, every=0.05) for begun, drop in TRICKLING]
    answers = asyncio.gather(*silent, *trickling)
    assert (await httpx_get(url)).status_code == 200

    for answer in await answers:
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"Cache-Control: no-store" in answer


async def test_a_body_that_comes_steadily_may_take_its_time(url: str) -> None:
    async def steady() -> AsyncIterator[bytes]:
        for _ in range(6):
            await asyncio.sleep(0.1)
            yield b"x" * 500

    async with httpx.AsyncClient() as http:
        answer = await http.post(url, content=steady())

    assert answer.text == "POST " + "x" * 3000


async def test_who_sends_on_after_the_answer_is_left_alone_only_for_a_while(url: str) -> None:
    unread = POST.replace(b"/ ", b"/unread ") + CHUNKS + b"\r\n"
    answer = await trickle(url, unread, b"1\r\nx\r\n", every=0.05)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_who_does_not_read_an_answer_loses_it(url: str) -> None:
    asked = [GET.replace(b"/ ", path) for path in (b"/large ", b"/small ")]
    closing = [request.replace(b"Host", b"Connection: close\r\nHost") for request in asked]
    await asyncio.gather(*(lose_answer(url, request) for request in asked + closing))

    assert (await httpx_get(url)).status_code == 200


async def lose_answer(url: str, request: bytes) -> None:
    """Don't read, until the connection is gone."""
    async with asyncio.timeout(5), connect(url) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(request)
        await eventually(lambda: is_gone(writer))


async def is_gone(writer: StreamWriter) -> bool:
    with suppress(ConnectionError):
        writer.write(b"x")
        await writer.drain()
        return False
    return True


async def test_the_service_hears_that_a_body_will_not_come(url: str) -> None:
    disconnected.clear()
    await exchange(url, POST.replace(b"/ ", b"/heard ") + LENGTH + b"\r\n")

    assert disconnected == ["/heard"]


async def test_a_crowd_of_the_silent_is_bounded_and_an_idle_connection_makes_room(url: str) -> None:
    async with httpx.AsyncClient() as http:
        await http.get(url)  # and is idle
        crowd = [asyncio.create_task(exchange(url, b"GET")) for _ in range(Impatient.most_open + 10)]
        answers = await asyncio.gather(*crowd, return_exceptions=True)

    slow = [answer for answer in answers if isinstance(answer, bytes) and answer.startswith(b"HTTP/1.1 408 ")]
    refused = [answer for answer in answers if answer not in slow]
    assert len(slow) == Impatient.most_open
    for answer in refused:  # what was said is lost where the client was still sending
        assert isinstance(answer, ConnectionResetError) or str(answer).startswith("b'HTTP/1.1 503 ")
    assert (await httpx_get(url)).status_code == 200


async def test_who_is_idle_for_longest_makes_room_and_who_was_served_just_now_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serve_app(echo, Few) as url, connect(url) as first, connect(url) as second:
        for reader, writer in (first, second):
            writer.write(GET)
            await reader.readuntil(b"GET ")
        assert (await exchange(url, GET)).startswith(b"HTTP/1.1 503 ")

        monkeypatch.setattr(Few, "yields_after_seconds", 0.0)
        assert (await httpx_get(url)).status_code == 200
        assert await first[0].read() == b""
        second[1].write(GET)
        await second[0].readuntil(b"GET ")


async def httpx_get(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(url)


async def test_where_the_line_is_full_who_reads_is_refused_and_keeps_the_connection() -> None:
    app = Crowded()
    async with serve_app(app, Impatient) as url, httpx.AsyncClient(base_url=url) as http:
        for _ in range(3):
            refused = await http.get("/")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["type"] == "/problems/overloaded"
            assert refused.headers["x-content-type-options"] == "nosniff"
        page = await http.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "Gerade ist zu viel los" in page.text
        assert (await http.get("/readyz/all")).status_code == 200
        assert (await http.post("/", content=b"hello")).text == "POST hello"
        assert (await http.request("GET", "/", content=b"hello")).text == "GET hello"

        app.full = False
        stays = refused.extensions["network_stream"].get_extra_info("client_addr")
        served = await http.get("/")
        assert served.text == "GET "
        assert served.extensions["network_stream"].get_extra_info("client_addr") == stays


async def test_who_is_refused_hears_it_after_a_while_and_nothing_more_is_read_until_then() -> None:
    app, loop = Crowded(), asyncio.get_running_loop()
    async with serve_app(app, Impatient) as url, connect(url) as (reader, writer):
        began = loop.time()
        writer.write(GET)
        await eventually(lambda: was_asked(app, 1))
        writer.write(GET)
        refusals = [await read_refusal(reader) for _ in range(2)]

    assert [refusal[:13] for refusal in refusals] == [b"HTTP/1.1 503 "] * 2
    assert app.asked == 2
    assert loop.time() - began >= 2 * Impatient.refusal_seconds


async def test_a_service_that_ends_tells_those_whom_it_refuses() -> None:
    app = Crowded()
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(serve_app(app, Slow))
        async with connect(url) as (reader, writer):
            writer.write(GET)
            await eventually(lambda: was_asked(app, 1))
            ending = asyncio.create_task(server.aclose())
            assert (await read_refusal(reader)).startswith(b"HTTP/1.1 503 ")
            await ending


async def was_asked(app: Crowded, times: int) -> bool:
    return app.asked == times


async def read_refusal(reader: StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.readuntil(b"}")
