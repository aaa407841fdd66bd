"""What members itself holds about a member, for the member."""

from shared.runtime.disclosure.holdings import Holding, hold_rows
from shared.runtime.disclosure.shared_holdings import SHARED_HOLDINGS

_KEYS = """
    SELECT email_key FROM member WHERE member = $1
    UNION ALL SELECT address_key FROM member_address WHERE member = $1"""
_ACCOUNTS = "SELECT account FROM opened_account WHERE member = $1"

_OWN = (
    hold_rows("member", by="member", place="member", name="profile"),
    Holding(
        "affiliations",
        ("affiliation", "roster"),
        """
        SELECT id AS place, to_jsonb(a) || jsonb_build_object('name_key', r.name_key) AS record
        FROM affiliation a LEFT JOIN roster r ON r.affiliation = a.id WHERE a.member = $1""",
        "bigint",
    ),
    hold_rows(
        "member_address", by="member", place="address_key", place_type="text", name="further_addresses"
    ),
    hold_rows("profile_change", by="member", place="change", name="profile_changes"),
    hold_rows("suggestion", by="member", place="suggestion", name="suggestions"),
    hold_rows("publication", by="member", place="member", name="publication"),
)
_SIGN_IN = (
    Holding(
        "opened_accounts",
        ("opened_account", "identity"),
        """
        SELECT account AS place, to_jsonb(o) || jsonb_build_object('identities', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('issuer', issuer, 'subject', subject)), '[]')
            FROM identity i WHERE i.account = o.account)) AS record
        FROM opened_account o WHERE member = $1""",
    ),
    Holding(
        "mandates",
        ("mandate",),
        f"""
        SELECT mandate AS place, to_jsonb(m) - 'given_by' - 'taken_by' AS record
        FROM mandate m WHERE account IN ({_ACCOUNTS}) OR address_key IN ({_KEYS})""",
    ),
    Holding(
        "sign_in_links",
        ("sign_in_link",),
        f"""
        SELECT token_hash AS place, jsonb_build_object('address', address, 'asked_at', asked_at, 'used_at', used_at,
            'back', back, 'tries', tries) AS record
        FROM sign_in_link WHERE address_key IN ({_KEYS}) OR account IN ({_ACCOUNTS})""",
        "bytea",
    ),
)
_LEAVING = hold_rows(
    "leaving_link", by="member", place="member", name="leaving_links", without=("token_hash",)
)
_LISTS = (
    Holding(
        "lists_that_wait",
        ("import_chunk",),
        f"""
        SELECT import AS place, jsonb_build_object('organisation', organisation, 'brought_at', brought_at) AS record
        FROM import i WHERE state IN ('waiting', 'running') AND EXISTS (
            SELECT FROM import_chunk c WHERE c.import = i.import AND email_keys && ARRAY({_KEYS}))""",
    ),
    Holding(
        "lists_that_are_tried",
        ("planned_statement",),
        f"""
        SELECT place, to_jsonb(p) - 'place' AS record FROM import i JOIN planned_statement p USING (import)
        WHERE state IN ('waiting', 'running') AND email_key IN ({_KEYS})""",
        "bigint",
    ),
)
_COMPARISON = (
    Holding(
        "name_keys",
        ("blocking_key",),
        """
        SELECT concat_ws(' ', country, key, rest) AS place, to_jsonb(b) AS record
        FROM blocking_key b WHERE member = $1""",
        "text",
    ),
    hold_rows("newcomer", by="member", place="member", name="comparison_that_waits"),
    # Who the other one may be is theirs.
    Holding(
        "duplicate_candidates",
        ("duplicate_candidate",),
        """
        SELECT duplicate AS place, to_jsonb(d) - 'one' - 'other' AS record
        FROM duplicate_candidate d WHERE one = $1 OR other = $1""",
    ),
)
_DISCLOSURE = Holding(
    "disclosures",
    ("disclosure", "disclosure_answer", "disclosure_part"),
    "SELECT member AS place, to_jsonb(d) - 'page' AS record FROM disclosure d WHERE member = $1",
)

HOLDINGS = (*_OWN, *_SIGN_IN, _LEAVING, *_LISTS, *_COMPARISON, _DISCLOSURE, *SHARED_HOLDINGS)
