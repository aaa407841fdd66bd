"""Orders to stop, told from what a piece of work raises: the one rule for all that must go on whatever that is."""

import asyncio


def is_told_to_stop(error: BaseException) -> bool:
    """Whether the running task is to end here, and its work is not at fault: not every CancelledError is an order."""
    task = asyncio.current_task()
    ordered = isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
    return ordered or isinstance(error, KeyboardInterrupt | GeneratorExit)
