"""`python -m tests.faults.logged ARGUMENTS…`: the service, for which its topic is a log: each message must be seen."""

from dataclasses import replace

from shared.operations.command_line import command_line
from shared.runtime.service import Service
from tests.faults.service import app
from tests.faults.service.entries import ACCOUNT, record_effects


def compose() -> Service:
    """The service as its environment wants it."""
    return replace(app.compose(), routes={replace(ACCOUNT, kind="log"): record_effects})


if __name__ == "__main__":
    command_line(app.DEFINITION, compose)()
