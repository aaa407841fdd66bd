"""Spans of this process; none, and nothing of the SDK is loaded, unless `export` was told where to send them."""

import re
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"
_FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_propagator = TraceContextTextMapPropagator()
_provider: TracerProvider | None = None
_tracer: Tracer = NoOpTracer()


def record_with(provider: TracerProvider | None) -> None:
    """Record all spans of this process with this provider, or none from here on."""
    global _provider, _tracer
    _provider = provider
    _tracer = provider.get_tracer("alumnibus") if provider else NoOpTracer()


def find_provider() -> TracerProvider | None:
    """What records the spans of this process, if anything does."""
    return _provider


def are_recorded() -> bool:
    """Whether to begin any."""
    return _provider is not None


def begin_span(
    name: str, kind: SpanKind, about: Mapping[str, str] | None = None, parent: str | None = None
) -> Span:
    """A span under `parent` (a traceparent), or the first of a trace. One that is never ended is never told of."""
    context = _propagator.extract({HEADER: parent} if parent else {})
    return _tracer.start_span(name, context, kind, about)


def fail_span(span: Span, error: BaseException) -> None:
    """End a span as failed; of the error its class is told, its words may quote a person's data."""
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(Status(StatusCode.ERROR))
    span.end()


def write_traceparent(span: Span) -> str:
    """A span as W3C's header names it, for what becomes its child."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def read_traceparent(given: bytes | None) -> str | None:
    """What a header names; None if it is none of W3C's."""
    named = (given or b"").decode("ascii", "replace")
    return named if _FORM.fullmatch(named) else None


def current_traceparent() -> str | None:
    """The span in which this task runs, if there is one."""
    span = trace.get_current_span()
    return write_traceparent(span) if span.get_span_context().is_valid else None
