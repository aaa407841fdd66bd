"""An adviser whose proposals can't be taken back: those of the others go back to the desk."""

from uuid import UUID

import pytest

from services.matching.advisers import availability
from services.matching.proposals.work import LAPSING
from shared.contracts.catalogue import ERASURE
from shared.contracts.members import Erasure
from shared.testing.services import Running
from tests.matching.network import Network, build_message
from tests.raised import PASSING, RAISED, names_of, raising, work_through


async def test_whatever_one_adviser_raises_the_proposals_of_the_others_lapse(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await network.open_desk()
    bad = {await network.add_member(): error for error in (*RAISED, *PASSING)}
    good = [await network.add_member() for _ in range(2)]
    asked = {adviser: await network.propose_to_many(contact, adviser, 1) for adviser in (*bad, *good)}
    for adviser in asked:
        await network.set_capacity(adviser, 0)

    def find_error(_tx: object, adviser: UUID) -> BaseException | None:
        return bad.get(adviser)

    monkeypatch.setattr(availability, "find_lapse", raising(availability.find_lapse, find_error))
    await work_through(LAPSING.step, matching.pool)

    states = {adviser: await network.read_state(request) for adviser, [(request, _)] in asked.items()}
    assert states == dict.fromkeys(bad, "proposed") | dict.fromkeys(good, "requested")
    failed = await matching.pool.fetch("SELECT item, reason FROM attempt")
    assert sorted(row["reason"] for row in failed) == names_of((*RAISED, *PASSING))

    gone = UUID(failed[0]["item"])
    order = Erasure.model_validate({"member": gone, "ordered_at": "2026-01-01T00:00:00Z"})
    await network.deliver(ERASURE, [build_message(gone, 2, order)])
    assert await matching.pool.fetchval("SELECT count(*) FROM attempt WHERE item = $1", str(gone)) == 0
