"""Disclosure: what this service holds about a member, for the member."""

from functools import partial

from shared.contracts.catalogue import EVENTS_DISCLOSURE
from shared.runtime.disclosure import disclosing
from shared.runtime.disclosure.holdings import Holding, hold_rows
from shared.runtime.disclosure.shared_holdings import SHARED_HOLDINGS

HOLDINGS = (
    hold_rows("member", by="member", place="member", name="profile"),
    Holding(
        "registrations",
        ("registration",),
        """
        SELECT registration AS place, to_jsonb(r) || jsonb_build_object(
            'title', title, 'organisation', organisation, 'starts_at', starts_at, 'ends_at', ends_at) AS record
        FROM registration r JOIN offer o USING (offer) WHERE member = $1""",
    ),
    *SHARED_HOLDINGS,
)
DISCLOSING = disclosing.build_disclosing(HOLDINGS, partial(disclosing.put_part, topic=EVENTS_DISCLOSURE))
