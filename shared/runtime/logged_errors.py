"""What logs say of an error: its kind and where it was raised, never its words, which may quote a person's data."""

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict

log = structlog.get_logger(__name__)

# Of each error, the last ones; and so many of its causes.
FRAMES, CAUSES = 20, 4
_TRACEBACK = re.compile(r"\s*(Exception Group )?Traceback \(most recent call last\).*", re.DOTALL)


def replace_error(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog: in place of `exc_info` the kinds of the error and of its causes, and their places."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    for name, value in event.items():
        if isinstance(value, BaseException):
            event[name] = type(value).__name__
    if isinstance(error, BaseException):
        event["exception"] = describe_error(error)
    return event


def describe_error(error: BaseException) -> str:
    """The kinds and places of an error and its causes, the outermost first."""
    return "\nbecause of\n".join(_describe_one(each) for each in _list_causes(error))


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    left: list[BaseException | None] = [error]
    for _ in range(CAUSES):
        if left and (each := left.pop()) is not None:
            yield each
            inner = each.exceptions[:1] if isinstance(each, BaseExceptionGroup) else ()
            left += [each.__cause__ or (None if each.__suppress_context__ else each.__context__), *inner]


def _describe_one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return "".join([*traceback.format_list(frames), type(error).__name__])


def drop_words(record: logging.LogRecord) -> bool:
    """A filter for what libraries log: an error in a record's words, or an object of asyncio, is named by its kind."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            type(each).__name__ if isinstance(each, BaseException) else each for each in record.args
        )
    words = record.getMessage() if record.name in ("asyncio", "uvicorn.error") else ""
    if record.name == "asyncio":
        # "Task exception was never retrieved", and in the next lines the task with its error and its values.
        record.msg, record.args = words.partition("\n")[0].partition("(")[0], ()
    elif _TRACEBACK.search(words):
        record.msg, record.args = _TRACEBACK.sub("", words) or "An error ended it.", ()
    return True


def log_uncaught_errors() -> None:
    """Let what nobody catches, and warnings, take the way of all logs."""
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda found: _log_uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    sys.unraisablehook = lambda found: _log_uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    warnings.showwarning = _log_warning


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None
) -> None:
    if kind is not KeyboardInterrupt:
        log.critical("process.error.uncaught", error=kind.__name__, exc_info=error)


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("process.warning.raised", kind=category.__name__, file=filename, line=lineno)
