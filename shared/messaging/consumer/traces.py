"""Traces of what is applied: what comes of a message goes on under the consumer's span."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from opentelemetry.trace import SpanKind

from shared.messaging.consumer.batch import ReceivedRecord
from shared.traces import spans
from shared.traces.batches import BatchSpans


@contextmanager
def processing_batch(group: str, batch: Sequence[ReceivedRecord]) -> Iterator[Sequence[ReceivedRecord]]:
    """The batch as it is to be applied in this block; of a batch that is given up no span is told."""
    if not spans.are_recorded():
        yield batch
        return
    processing = BatchSpans("process", SpanKind.CONSUMER, {"messaging.consumer.group.name": group})
    yield [_go_on(received, processing) for received in batch]
    processing.end()


def _go_on(received: ReceivedRecord, processing: BatchSpans) -> ReceivedRecord:
    message = received.message
    if message is None or message.traceparent is None:
        return received
    own = processing.carry_on(message.traceparent, received.record.topic)
    return replace(received, message=replace(message, traceparent=own))
