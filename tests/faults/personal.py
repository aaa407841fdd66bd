"""`python -m tests.faults.personal ARGUMENTS…`: the service, for which accounts are persons."""

from dataclasses import replace

from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.operations.command_line import command_line
from shared.runtime.service import Service
from tests.faults.service import app
from tests.faults.service.entries import ACCOUNT, build_messages

PERSON = replace(ACCOUNT, personal=True)


def compose() -> Service:
    """The service as its environment wants it."""
    return replace(
        app.compose(),
        published=lambda: [
            PublishedState((PERSON,), lock_rows_of("bank_account", key="account"), build_messages)
        ],
    )


if __name__ == "__main__":
    command_line(app.DEFINITION, compose)()
