"""One request with its question and its proposals, as far as whoever asks may see them."""

from datetime import datetime
from uuid import UUID

from services.matching.requests import departures, requests, seats
from services.matching.requests.requests import RequestSummary
from shared.access.principal import Principal
from shared.contracts.matching import Criterion, Lapse, ProposalState
from shared.contracts.model import Contract
from shared.postgres.pool import Tx


class ProposalDetails(Contract):
    """A proposal as the desk sees it; `refusal` is what the adviser said on declining, `lapse` why it was withdrawn
    without an answer."""

    proposal: UUID
    adviser: UUID
    contact: UUID | None
    score: int
    reasons: tuple[Criterion, ...]
    state: ProposalState
    refusal: str | None
    lapse: Lapse | None
    proposed_at: datetime


class RequestDetails(RequestSummary):
    """A request with its question and its proposals. An adviser who is asked sees who asks after accepting."""

    question: str | None
    contacts: tuple[UUID, ...]
    proposals: tuple[ProposalDetails, ...]


async def read_request(tx: Tx, asker: Principal, request: UUID) -> RequestDetails:
    """One request as the asker may see it: at its desk all of it, else what is their own. Raises `NotFound`."""
    member = asker.require_member()
    whole = await _read_whole(tx, request)
    if await seats.is_at_desk(tx, whole.desk, member):
        return whole
    seen = show_to_requester(whole) if whole.requester == member else show_to_adviser(whole, member)
    if seen is None:
        raise requests.unknown_request()
    return seen


def show_to_requester(whole: RequestDetails) -> RequestDetails:
    """Without the advisers who were asked, but who accepted."""
    accepted = [each for each in whole.proposals if each.state is ProposalState.ACCEPTED]
    return whole.model_copy(update={"proposals": tuple(accepted)})


def show_to_adviser(whole: RequestDetails, member: UUID) -> RequestDetails | None:
    """The question with this adviser's own proposal, and the requester once it is accepted; None for anybody else."""
    own = [each for each in whole.proposals if each.adviser == member and each.state in _ASKED]
    if not own:
        return None
    accepted = any(each.state is ProposalState.ACCEPTED for each in own)
    hidden = {} if accepted else {"requester": None, "adviser": None}
    return whole.model_copy(update={"proposals": tuple(own), "contacts": (), **hidden})


_ASKED = (ProposalState.PROPOSED, ProposalState.ACCEPTED)


async def _read_whole(tx: Tx, request: UUID) -> RequestDetails:
    row = await requests.read_row(tx, request)
    proposals = await tx.fetch("SELECT * FROM proposal WHERE request = $1 ORDER BY proposal", request)
    shown = await departures.leave_out_proposals(tx, proposals) if row["requester"] else []
    return RequestDetails.model_validate({**row, "proposals": shown})
