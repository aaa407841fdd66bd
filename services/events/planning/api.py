"""The HTTP API of planning: an offer is written anew, or used again."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.events.offers.drafts import DraftedOffer
from services.events.offers.offers import StoredOffer
from services.events.planning import changing, copying
from services.events.planning.changing import ChangeOffer
from services.events.planning.copying import CopyOffer
from shared.access.serving import Coordinator
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.put("/offers/{offer}")
async def change_offer(
    offer: UUID, command: ChangeOffer, asker: Coordinator, work: UnitOfWorkDep
) -> StoredOffer:
    """Write an offer anew; whoever has a seat or waits is told of another date or place. A repeat changes nothing."""
    async with work.transaction() as tx:
        changed = await changing.change_offer(tx, asker, offer, command)
        work.acts_for(changed.organisation)
    return changed


@router.post("/offers/{offer}/copies", status_code=201)
async def copy_offer(
    offer: UUID, command: CopyOffer, asker: Coordinator, work: UnitOfWorkDep, response: Response
) -> DraftedOffer:
    """Keep a draft that says what this offer says."""
    work.acts_for(command.organisation)
    copy = await work.run_once(
        command, lambda tx: copying.copy_offer(tx, asker, offer, command), DraftedOffer
    )
    response.headers["Location"] = f"/offers/{copy.offer}"
    return copy
