"""A collector of traces for tests: takes OTLP over HTTP, and keeps each span."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class ReceivedSpan(NamedTuple):
    """A span as it was sent: ids in hex, `parent` empty for the first of a trace."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, Any]


class Receiver:
    """Where it listens, what it was sent, and the bodies as they came."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.bodies: list[bytes] = []
        self.spans: list[ReceivedSpan] = []

    def take(self, body: bytes) -> None:
        """Keep what a request brings."""
        self.bodies.append(body)
        for each in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {a.key: a.value.string_value for a in each.resource.attributes}
            for scope in each.scope_spans:
                self.spans += [_read_span(about["service.name"], span) for span in scope.spans]

    def find_trace(self, trace: str) -> dict[str, ReceivedSpan]:
        """The spans of one trace by service and name."""
        return {f"{span.service}: {span.name}": span for span in self.spans if span.trace == trace}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A collector, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _read_span(service: str, span: Any) -> ReceivedSpan:
    attributes = {a.key: a.value.string_value or a.value.int_value for a in span.attributes}
    return ReceivedSpan(
        service, span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), attributes
    )
