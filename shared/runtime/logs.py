"""Structured logs: JSON lines, readable on a terminal, one correlation id through all services."""

import logging
import sys
import time
from collections.abc import Callable

import structlog
from structlog.typing import Processor

from shared.runtime.logged_errors import drop_words, log_uncaught_errors, replace_error

# So long the same sentence of a library isn't said again.
REPEAT_SECONDS = 10.0


def configure_logging(service: str, *, level: int = logging.INFO) -> None:
    """Log to standard error; the standard library's loggers (aiokafka, uvicorn) take the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.addFilter(leave_out_repeats(time.monotonic))
    handler.addFilter(drop_words)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _logger, _method, event: {"service": service, **event},
                replace_error,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiokafka", "uvicorn.access", "faststream"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    log_uncaught_errors()


def leave_out_repeats(clock: Callable[[], float]) -> Callable[[logging.LogRecord], bool]:
    """A filter for the client of Kafka, which says ten times a second that a broker is away, and to which: each of its
    sentences passes once in ten seconds, with the number of those that were left out since."""
    passed: dict[tuple[str, str], tuple[float, int]] = {}

    def passes(record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        sentence, now = (record.name, str(record.msg)), clock()
        at, left_out = passed.get(sentence, (float("-inf"), 0))
        if now - at < REPEAT_SECONDS:
            passed[sentence] = at, left_out + 1
            return False
        passed[sentence] = now, 0
        record.left_out = left_out
        return True

    return passes


def _add_logger_name(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    record = event["_record"]
    event["logger"] = record.name
    if getattr(record, "left_out", 0):
        event["left_out"] = record.left_out
    return event
