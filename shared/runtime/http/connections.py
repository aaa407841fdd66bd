"""Connections of clients: HTTP as it is written, and none that is kept open by silence."""

import asyncio
import re
from enum import Enum, auto
from typing import Any

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.runtime import metrics
from shared.runtime.http.admission import OVERLOADED, PROBES
from shared.runtime.http.answer_headers import HEADERS
from shared.runtime.http.lanes import Lane
from shared.runtime.http.overload_page import OVERLOADED_PAGE, asks_for_page
from shared.runtime.http.problems import problem_response
from shared.runtime.http.strict_http import HEAD_BYTES, StrictConnection

IDLE_SECONDS = 75
_END = b"\r\n\r\n"
_BODY_FOLLOWS = re.compile(rb"\n(content-length|transfer-encoding)", re.IGNORECASE)
_PROBES = tuple(f"GET {path}".encode() for path in PROBES)


class _Phase(Enum):
    """What is waited for: the client's HEAD or BODY, the service's ANSWER, the end of the time for which who is REFUSED
    waits, the REST of a body that was answered already, or, being IDLE, the next request."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    REFUSED = auto()
    REST = auto()
    IDLE = auto()


def _compose(answer: Response, connection: str = "close") -> bytes:
    named = [(name.decode(), value.decode()) for name, value in answer.raw_headers]
    lines = (f"{name}: {value}\r\n" for name, value in [*named, *HEADERS.items(), ("Connection", connection)])
    return f"HTTP/1.1 {answer.status_code} \r\n{''.join(lines)}\r\n".encode() + bytes(answer.body)


_NO_HTTP = _compose(problem_response(400, "bad-request", "This is not HTTP as RFC 9112 writes it."))
_TOO_SLOW = _compose(problem_response(408, "too-slow", "The request took too long to come. Try again."))
_OVERLOADED = _compose(OVERLOADED, "keep-alive")
_OVERLOADED_PAGE = _compose(OVERLOADED_PAGE, "keep-alive")
_FULL = _compose(
    problem_response(
        503, "overloaded", "Too many connections are open. Try again in a second.", {"Retry-After": "1"}
    )
)
_FULL_PAGE = _compose(OVERLOADED_PAGE)


_REFUSED = metrics.REQUESTS_REFUSED.labels("connections")


class ClientConnection(H11Protocol):
    """uvicorn's protocol over `StrictConnection`, with an end to every wait for the client.

    A head has `head_seconds`. A body may be silent for `silent_seconds`, and comes at `slowest_bytes` a second at
    least; so does an answer leave. A process keeps `most_open` connections: for one more it closes the one that is
    idle for longest, and for `yields_after_seconds` at least, or refuses what comes on it, unless that is a probe;
    more than twice as many it cuts off. Where requests stand in line and the line is full, what asks for no more than
    to read is refused without a look at what it asks for: to take it apart costs more than the answer. Both refusals
    are said after `refusal_seconds`, and until then nothing is read on: whoever asks again at once would take from
    those who are served what it costs to refuse them.
    """

    head_seconds = 10.0
    silent_seconds = 30.0
    refusal_seconds = 0.3
    slowest_bytes = 10_000
    most_open = 800
    yields_after_seconds = 1.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = StrictConnection(h11.SERVER, HEAD_BYTES)
        self._lane: Lane | None = getattr(getattr(self.config.app, "state", None), "requests_lane", None)
        self.phase = _Phase.HEAD
        self.since = self._heard = self.loop.time()
        self._received = 0
        self._unread = b""
        self._surplus = self._refuses_browser = False
        self._end: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._refusal: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch for the first head, if there is room for one more connection."""
        super().connection_made(transport)
        self._set_phase(_Phase.HEAD)
        if len(self.connections) > self.most_open:
            self._surplus = not _close_idle(self.connections, self.loop.time() - self.yields_after_seconds)
            if len(self.connections) > 2 * self.most_open:
                transport.abort()

    def data_received(self, data: bytes) -> None:
        """Note how much came, and when."""
        if self.phase is _Phase.REFUSED:
            self.flow.pause_reading()
            self._unread += data
            return
        if self._surplus:
            self._surplus = not data.startswith(_PROBES)
        if self._surplus:
            _REFUSED.inc()
            self._hold_refusal(data)
            return
        if self._lane is not None and self._is_alone(data) and self._lane.refuse_if_full():
            self._hold_refusal(data)
            return
        self._heard = self.loop.time()
        self._received += len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        """Take what came, and see what is waited for next."""
        super().handle_events()
        self._see_phase()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one."""
        super().on_response_complete()
        self._see_phase()
        if self.transport.is_closing():
            self._stalled = self.loop.call_later(self.silent_seconds, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """Close, and wait for nobody to take what was answered so long ago."""
        super().timeout_keep_alive_handler()
        self._abort_unread()

    def pause_writing(self) -> None:
        """Nobody takes what was answered: not for long."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.silent_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client took some."""
        super().resume_writing()
        _cancel(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        super().connection_lost(exc)
        _cancel(self._end)
        _cancel(self._stalled)
        _cancel(self._refusal)

    def shutdown(self) -> None:
        """Say what is still to be said, and close."""
        if self.phase is _Phase.REFUSED:
            self._say_refusal()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, with the headers of all answers."""
        self._refuse(_NO_HTTP)

    def _is_alone(self, data: bytes) -> bool:
        """Whether this is all of one request without a body, and not a probe's."""
        begins = self.phase is _Phase.IDLE or (self.phase is _Phase.HEAD and not self._received)
        return (
            begins
            and data.startswith(b"GET /")
            and data.find(_END) == len(data) - len(_END)
            and not _BODY_FOLLOWS.search(data)
            and not data.startswith(_PROBES)
        )

    def _hold_refusal(self, head: bytes) -> None:
        self._refuses_browser = asks_for_page(head)
        self._unset_keepalive_if_required()
        self._set_phase(_Phase.REFUSED)
        self._refusal = self.loop.call_later(self.refusal_seconds, self._say_refusal)

    def _say_refusal(self) -> None:
        _cancel(self._refusal)
        if self._surplus:
            self._refuse(_FULL_PAGE if self._refuses_browser else _FULL)
            return
        self._set_phase(_Phase.IDLE)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
        self.transport.write(_OVERLOADED_PAGE if self._refuses_browser else _OVERLOADED)
        if unread := self._unread:
            self._unread = b""
            self.flow.resume_reading()
            self.data_received(unread)

    def _see_phase(self) -> None:
        phase = self._find_phase()
        if phase is not self.phase:
            self._set_phase(phase)

    def _find_phase(self) -> _Phase:
        answered = self.cycle is None or self.cycle.response_complete
        if self.conn.their_state is h11.SEND_BODY:
            return _Phase.REST if answered else _Phase.BODY
        if not answered:
            return _Phase.ANSWER
        return _Phase.HEAD if self.cycle is None or self.conn.trailing_data[0] else _Phase.IDLE

    def _set_phase(self, phase: _Phase) -> None:
        self.phase, self.since, self._received = phase, self.loop.time(), 0
        _cancel(self._end)
        if phase in (_Phase.HEAD, _Phase.BODY, _Phase.REST):
            self._end = self.loop.call_at(self._find_end(), self._look_again)

    def _find_end(self) -> float:
        if self.phase is _Phase.HEAD:
            return self.since + self.head_seconds
        if self.phase is _Phase.REST:
            return self.since + self.silent_seconds
        paced = self.since + self._received / self.slowest_bytes
        return min(self._heard, paced) + self.silent_seconds

    def _look_again(self) -> None:
        if self.flow.read_paused:  # the service doesn't read: no silence of the client's
            self._heard = self.since = self.loop.time()
        end = self._find_end()
        if end > self.loop.time():
            self._end = self.loop.call_at(end, self._look_again)
        elif not self.transport.is_closing():
            self._refuse(_TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        """Write this, unless another answer has begun, and close."""
        if self.phase is not _Phase.REST and (
            self.cycle is None or self.cycle.response_complete or not self.cycle.response_started
        ):
            self.transport.write(answer)
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
        self._abort_unread()

    def _abort_unread(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _close_idle(connections: set[Any], since: float) -> bool:
    """Close the one that is idle for longest; False if none is since then: the others' clients may be about to ask."""
    idle = [
        each
        for each in connections
        if each.phase is _Phase.IDLE and each.since <= since and not each.transport.is_closing()
    ]
    if idle:
        min(idle, key=lambda each: each.since).timeout_keep_alive_handler()
    return bool(idle)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
