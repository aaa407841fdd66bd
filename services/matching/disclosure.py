"""Disclosure: what this service holds about a member, for the member."""

from functools import partial

from shared.contracts.catalogue import MATCHING_DISCLOSURE
from shared.runtime.disclosure import disclosing
from shared.runtime.disclosure.holdings import Holding, hold_rows
from shared.runtime.disclosure.shared_holdings import SHARED_HOLDINGS

# Of requests and proposals that are others', what the member has to do with them: the questions are the others'.
HOLDINGS = (
    hold_rows("person", by="member", place="member", name="profile"),
    hold_rows("adviser", by="member", place="member", name="advising"),
    Holding(
        "desks",
        ("desk",),
        """
        SELECT region AS place, jsonb_build_object('region', region, 'organisation', organisation,
            'as', CASE WHEN $1 = ANY(contacts) THEN 'contact' ELSE 'deputy' END) AS record
        FROM desk WHERE $1::uuid = ANY(contacts) OR $1 = ANY(deputies)""",
        "text",
    ),
    hold_rows(
        "request",
        by="requester",
        place="request",
        name="requests",
        without=("contact", "contacts", "adviser"),
    ),
    Holding(
        "requests_at_my_desks",
        ("request",),
        """
        SELECT request AS place, jsonb_build_object('request', request, 'region', region, 'desk', desk,
            'state', state, 'asked_at', asked_at, 'taken_by_me', contact IS NOT DISTINCT FROM $1) AS record
        FROM request WHERE contacts @> ARRAY[$1::uuid] OR contact = $1""",
    ),
    Holding(
        "mentorships_as_adviser",
        ("request",),
        """
        SELECT request AS place, jsonb_build_object('request', request, 'region', region, 'themes', themes,
            'state', state, 'changed_at', changed_at, 'agreed_at', agreed_at) AS record
        FROM request WHERE adviser = $1""",
    ),
    hold_rows("proposal", by="adviser", place="proposal", name="proposals_to_me", without=("contact",)),
    hold_rows(
        "proposal",
        by="contact",
        place="proposal",
        name="proposals_by_me",
        without=("adviser", "reasons", "refusal"),
    ),
    hold_rows("lapsing", by="member", place="member", name="checks_that_wait"),
    *SHARED_HOLDINGS,
)
DISCLOSING = disclosing.build_disclosing(HOLDINGS, partial(disclosing.put_part, topic=MATCHING_DISCLOSURE))
