"""Where spans go: to a collector by OTLP over HTTP, from a thread of their own, for which nothing waits."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext

from shared.traces import spans

log = structlog.get_logger(__name__)

# What a process has not sent so long after its end is given up.
END_SECONDS = 2.0
SILENT_SECONDS = 60.0
# Whoever records a span: nothing else is told. Addresses, paths, queries and the values in them name persons.
TOLD = frozenset(
    {
        "alumnibus.work.done",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.batch.message_count",
        "messaging.consumer.group.name",
        "messaging.destination.name",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.system",
    }
)


class DiscreetExporter(SpanExporter):
    """Sends of each span what is in `TOLD`; a collector that is away is told of once a minute, and not waited for."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._said_at = float("-inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send these spans; what can't be sent is given up."""
        result = self._exporter.export([_reduce_span(span) for span in spans])
        if result is not SpanExportResult.SUCCESS and time.monotonic() - self._said_at >= SILENT_SECONDS:
            self._said_at = time.monotonic()
            log.warning("traces.export.failed", spans=len(spans))
        return result

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()


def start_export(service: str, endpoint: str) -> Callable[[], None]:
    """Record this process's spans as the service's, and send them to `endpoint` ("http://host:port"); returns what ends
    that. Queue, sampler and time-outs follow the standard variables (`OTEL_BSP_…`, `OTEL_TRACES_SAMPLER`, …)."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # `DiscreetExporter` says it
    resource = Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: "alumnibus"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(DiscreetExporter(exporter)))
    spans.record_with(provider)
    return partial(_end_export, provider)


def _end_export(provider: TracerProvider) -> None:
    spans.record_with(None)
    ending = Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(END_SECONDS)


def _reduce_span(span: ReadableSpan) -> ReadableSpan:
    attributes = {name: value for name, value in (span.attributes or {}).items() if name in TOLD}
    return ReadableSpan(
        span.name,
        _reduce_context(span.context),
        _reduce_context(span.parent),
        span.resource,
        attributes,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _reduce_context(context: SpanContext | None) -> SpanContext | None:
    """Without the trace state, which is the client's own words."""
    return context and SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
