"""Spans of a batch of messages: as few as show each trace what became of its messages."""

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind

from shared.traces import spans


@dataclass
class _OpenSpan:
    span: Span
    traceparent: str
    messages: int = 0


class BatchSpans:
    """One span for each span that messages of the batch came of, and each topic: all begin now and end together."""

    def __init__(self, operation: str, kind: SpanKind, about: Mapping[str, str] | None = None) -> None:
        self._operation = operation
        self._kind = kind
        self._about = {
            "messaging.system": "kafka",
            "messaging.operation.name": operation,
            "messaging.operation.type": operation,
            **(about or {}),
        }
        self._open: dict[tuple[str, str], _OpenSpan] = {}

    def carry_on(self, parent: str, topic: str) -> str:
        """Count a message that came of `parent`; returns the traceparent of what comes of it."""
        found = self._open.get((parent, topic))
        if found is None:
            found = self._open[parent, topic] = self._begin_span(parent, topic)
        found.messages += 1
        return found.traceparent

    def end(self) -> None:
        """The batch is done."""
        for each in self._open.values():
            each.span.set_attribute("messaging.batch.message_count", each.messages)
            each.span.end()

    def _begin_span(self, parent: str, topic: str) -> _OpenSpan:
        about = self._about | {"messaging.destination.name": topic}
        span = spans.begin_span(f"{self._operation} {topic}", self._kind, about, parent)
        return _OpenSpan(span, spans.write_traceparent(span))
