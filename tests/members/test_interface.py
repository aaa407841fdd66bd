"""The members' interface keeps its promises, whatever is sent to it."""

import pytest

from shared.testing import openapi
from shared.testing.services import Running


@pytest.mark.timeout(600)
async def test_members_answer_any_request_as_their_interface_says(members: Running) -> None:
    await openapi.check_interface(members)
