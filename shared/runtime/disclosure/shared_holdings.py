"""What every service holds about a member in the tables that all services have."""

from shared.runtime.disclosure.holdings import Holding

# Who else acted, and whom else it was about, is theirs.
_OTHERS = "('account', 'member', 'adviser', 'requester', 'contact', 'contacts', 'deputies', 'other')"

SHARED_HOLDINGS = (
    Holding(
        "accounts",
        ("account", "account_identity"),
        """
        SELECT account AS place, to_jsonb(a) || jsonb_build_object('identities', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('issuer', issuer, 'subject', subject)), '[]')
            FROM account_identity i WHERE i.account = a.account)) AS record
        FROM account a WHERE member = $1""",
    ),
    Holding(
        "audit",
        ("audit",),
        "SELECT id AS place, a.* FROM audit a WHERE ids @> ARRAY[$1::uuid]",
        "bigint",
        f"""jsonb_build_object(
            'at', at, 'verb', verb, 'organisation', organisation, 'by_yourself', member IS NOT DISTINCT FROM $1,
            'about_yourself', on_behalf_of IS NOT DISTINCT FROM $1 OR object @> jsonb_build_object('member', $1),
            'object', (SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each_text(object)
                       WHERE key NOT IN {_OTHERS} OR value = $1::text))""",
    ),
    Holding(
        "kept_answers",
        ("kept_answer",),
        """
        SELECT key AS place, jsonb_build_object('at', at, 'answered', answer IS NOT NULL) AS record
        FROM kept_answer WHERE ids @> ARRAY[$1::uuid]""",
        "bytea",
    ),
)
