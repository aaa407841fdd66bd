"""Traces of what is sent: its readers go on under the relay's span, which is the request's child."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import SpanKind

from shared.messaging.relay.producer import OutgoingRecord
from shared.traces import spans
from shared.traces.batches import BatchSpans


@contextmanager
def sending_page(page: Sequence[OutgoingRecord]) -> Iterator[Sequence[OutgoingRecord]]:
    """The page as it is to be sent in this block; of a page that fails no span is told."""
    if not spans.are_recorded():
        yield page
        return
    sending = BatchSpans("send", SpanKind.PRODUCER)
    yield [_carry_on(record, sending) for record in page]
    sending.end()


def _carry_on(record: OutgoingRecord, sending: BatchSpans) -> OutgoingRecord:
    parent = spans.read_traceparent(dict(record.headers).get(spans.HEADER))
    if parent is None:
        return record
    own = sending.carry_on(parent, record.topic).encode()
    headers = [(name, own if name == spans.HEADER else value) for name, value in record.headers]
    return record._replace(headers=headers)
