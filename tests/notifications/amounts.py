"""Amounts that no day brings: rows by the ten thousand, written by the database itself."""

from shared.postgres.pool import Pool

_RECIPIENTS = """
INSERT INTO recipient (member, sequence, given_name, family_name, email, language, ids)
SELECT lpad(to_hex(n), 32, '0')::uuid, 1, 'Kim', 'Beispiel', 'm' || n || '@example.org', 'de', '{}'
FROM generate_series(0, 999) n"""

_DELIVERIES = """
INSERT INTO delivery (delivery, kind, member, organisation, facts, correlation_id, state, deadline, due_at,
                      composed_at, language, subject, text, html)
SELECT gen_random_uuid(), 'invitation', lpad(to_hex(n % 1000), 32, '0')::uuid, $2, '{}', 'c-1', $3,
       now() + interval '1 day', now() - make_interval(secs => n % 60), CASE WHEN $4 THEN now() END,
       'de', 'Betreff', 'Text', '<p>Text</p>'
FROM generate_series(1, $1::int) n"""


async def add_recipients(pool: Pool) -> None:
    """A thousand members, and the organisations daad and giz."""
    await pool.execute("INSERT INTO organisation VALUES ('daad', 1, 'DAAD'), ('giz', 1, 'GIZ')")
    await pool.execute(_RECIPIENTS)


async def add_deliveries(
    pool: Pool, count: int, *, state: str = "due", composed: bool = False, organisation: str = "daad"
) -> None:
    """So many invitations of one organisation to the members of `add_recipients`."""
    await pool.execute(_DELIVERIES, count, organisation, state, composed)


async def count_touched(pool: Pool, state: str) -> list[int]:
    """How many deliveries each transaction brought to this state, the fewest first."""
    rows = await pool.fetch(
        "SELECT count(*) AS deliveries FROM delivery WHERE state = $1 GROUP BY xmin::text ORDER BY 1", state
    )
    return [row["deliveries"] for row in rows]
