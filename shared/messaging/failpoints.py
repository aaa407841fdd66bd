"""Steps at which a test can kill the process: `ALUMNIBUS_FAILPOINT=relay.sent` or `relay.sent:3` (the third time)."""

import os
import signal

_armed, _, _count = os.environ.get("ALUMNIBUS_FAILPOINT", "").partition(":")
_left = int(_count or 1)


def failpoint(step: str) -> None:
    """Die here by SIGKILL if this step is armed; nothing in normal runs."""
    global _left
    if step == _armed:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
