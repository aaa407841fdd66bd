"""A process in which everything fails that may, each time with a person's name in the error's words."""

import asyncio
import gc
import logging
import threading
import warnings

import structlog

from shared.runtime.logs import configure_logging

NAME = "Muster" + "haft"
log = structlog.get_logger(__name__)


def fail() -> None:
    """Raise an error with a cause, both with the name in their words."""
    try:
        raise ValueError(f"{NAME} isn't valid")
    except ValueError as error:
        error.add_note(f"it was {NAME}")
        raise LookupError(f"no {NAME}") from error


def fail_deeply(depth: int = 0) -> None:
    """Raise RecursionError."""
    fail_deeply(depth + 1)


def catch_and_log() -> None:
    """As our own code and libraries log what they caught."""
    for failing in (fail, fail_deeply):
        try:
            failing()
        except (LookupError, RecursionError) as error:
            log.error("toy.work.failed", exc_info=error)
            logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
            logging.getLogger("aiokafka").error("It failed: %s", error)
            logging.getLogger("aiokafka").exception("It failed: %r", error)
    logging.getLogger("uvicorn.error").error(
        f"Traceback (most recent call last):\n  File x\nValueError: {NAME}\n"
    )
    try:
        raise ExceptionGroup(f"of {NAME}", [ValueError(NAME)])
    except ExceptionGroup as error:
        log.error("toy.work.failed", exc_info=error)


class Failing:
    """Fails when it is collected."""

    def __del__(self) -> None:
        fail()


async def fail_unseen() -> None:
    """In a task that nobody waits for, in a callback, in a thread, and in what is collected."""

    async def work(name: str) -> None:
        fail()

    task = asyncio.create_task(work(NAME))
    await asyncio.wait([task])
    del task
    asyncio.get_running_loop().call_soon(lambda name: fail(), NAME)
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)


def main() -> None:
    """Fail in each way, at last in one that ends the process."""
    configure_logging("toy")
    catch_and_log()
    asyncio.run(fail_unseen())
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Failing()
    warnings.warn(f"{NAME} is old", stacklevel=1)
    fail()


if __name__ == "__main__":
    main()
