"""The interface of matching keeps what it promises, whatever comes."""

import pytest

from shared.testing.openapi import check_interface
from shared.testing.services import Running
from tests.matching.network import Network


@pytest.mark.timeout(600)
async def test_any_request_is_answered_as_the_interface_promises(network: Network, matching: Running) -> None:
    contact, requester = await network.open_desk("russia"), await network.add_member()
    await network.propose_adviser(
        await network.request_mentorship(requester), contact, await network.add_member()
    )

    await check_interface(matching)
