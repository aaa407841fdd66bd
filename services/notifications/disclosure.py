"""Disclosure: what this service holds about a member, for the member."""

from functools import partial

from shared.contracts.catalogue import NOTIFICATIONS_DISCLOSURE
from shared.runtime.disclosure import disclosing
from shared.runtime.disclosure.holdings import Holding, hold_rows
from shared.runtime.disclosure.shared_holdings import SHARED_HOLDINGS

HOLDINGS = (
    hold_rows("recipient", by="member", place="member", name="profile"),
    # Whom a text names, it names: the member has read it, as it was sent.
    hold_rows(
        "delivery",
        by="member",
        place="place",
        place_type="bigint",
        name="deliveries",
        without=("lease", "other"),
    ),
    Holding(
        "deliveries_that_name_me",
        ("delivery",),
        """
        SELECT place, jsonb_build_object('kind', kind, 'state', state, 'organisation', organisation,
            'created_at', created_at, 'sent_at', sent_at) AS record
        FROM delivery WHERE other = $1""",
        "bigint",
    ),
    Holding(
        "mails_that_wait",
        ("address_mail",),
        """
        SELECT mail AS place, jsonb_build_object('kind', data->'kind', 'address', data->'address',
            'valid_until', valid_until) AS record
        FROM address_mail WHERE member = $1""",
    ),
    hold_rows("registration", by="member", place="registration", name="registrations"),
    Holding(
        "mentorships",
        ("mentorship",),
        """
        SELECT request AS place, jsonb_build_object('request', request, 'state', data->'state',
            'region', data->'region') AS record
        FROM mentorship WHERE persons @> ARRAY[$1::uuid]""",
    ),
    hold_rows("cancellation", by="told_upto", place="offer", name="cancellations", without=("restored",)),
    hold_rows("offer_change", by="told_upto", place="offer", name="offer_changes", without=("restored",)),
    *SHARED_HOLDINGS,
)
DISCLOSING = disclosing.build_disclosing(
    HOLDINGS, partial(disclosing.put_part, topic=NOTIFICATIONS_DISCLOSURE)
)
