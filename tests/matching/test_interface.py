"""The interface of matching keeps what it promises, whatever comes."""

import pytest

from shared.testing.openapi import check_interface
from shared.testing.services import Running
from tests.matching.network import Network


@pytest.mark.timeout(600)
async def test_any_request_is_answered_as_the_interface_promises(network: Network, matching: Running) -> None:
    contact, requester = await network.desk("russia"), await network.member()
    await network.propose(await network.ask(requester), contact, await network.member())

    await check_interface(matching.app)
