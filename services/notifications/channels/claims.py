"""Claims on the composed mails of one target: each is a lease that ends, and what became of the mail is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from services.notifications.channels.mail import MailContent
from services.notifications.channels.smtp import SendOutcome, SendResult
from services.notifications.channels.targets import Target
from services.notifications.deliveries.kinds import CONFIRMATIONS
from shared.backoff import backoff_seconds
from shared.postgres.pool import Tx

BATCH = 25
CANDIDATES = 4 * BATCH
RETRY_SECONDS = (30.0, 3600.0)

# Each organisation is a queue ('' is for what is no organisation's) that is read from its head, so that a backlog of
# one target costs no other anything. More are looked at than are claimed: other connections may hold the first.
# Who was claimed meanwhile has another `due_at`. While a mail is on its way, what the member is to hear of the same
# offer after it waits: a cancellation is not overtaken by a confirmation. Of those that were lost once one is claimed
# at a time, as the last: what ends its process again takes no other with it. Whom a mail names
# stands still since it was composed; the address that it goes to and the domain that it is from since its first claim,
# as all of it for what was composed before names were kept.
_CLAIM = f"""
WITH queue AS (
    SELECT q.organisation FROM (SELECT organisation FROM organisation UNION ALL SELECT '') q
    WHERE (q.organisation = ANY($3::text[])) <> $4),
candidate AS (
    SELECT head.* FROM queue CROSS JOIN LATERAL (
        SELECT delivery, state, due_at, place, lease IS NOT NULL OR losses > 0 AS lost FROM delivery
        WHERE state = 'due' AND composed_at IS NOT NULL AND due_at <= now()
          AND coalesce(organisation, '') = queue.organisation
        ORDER BY due_at, place LIMIT {CANDIDATES}) head
    ORDER BY due_at, place LIMIT {CANDIDATES}),
picked AS (
    SELECT d.delivery, d.member, d.other, d.organisation
    FROM candidate c JOIN delivery d USING (delivery, state, due_at)
    WHERE (NOT c.lost
           OR c.delivery = (SELECT delivery FROM candidate WHERE lost ORDER BY due_at, place LIMIT 1))
      AND (d.offer IS NULL OR NOT EXISTS (
        SELECT FROM delivery earlier WHERE earlier.member = d.member AND earlier.place < d.place
          AND earlier.offer = d.offer AND earlier.lease IS NOT NULL AND earlier.due_at > now()))
    ORDER BY c.due_at, c.place LIMIT {BATCH} FOR UPDATE OF d SKIP LOCKED),
claimed AS (
    UPDATE delivery d SET lease = $1, due_at = now() + $2, losses = losses + (lease IS NOT NULL)::int,
        envelope = jsonb_build_object(
            'domain', $5::text, 'organisation', g.name, 'name', concat_ws(' ', r.given_name, r.family_name),
            'address', r.email, 'other_address', x.email) || coalesce(d.envelope, '{{}}')
    FROM picked p JOIN recipient r ON r.member = p.member
    LEFT JOIN recipient x ON x.member = p.other
    LEFT JOIN organisation g ON g.organisation = p.organisation
    WHERE d.delivery = p.delivery
    RETURNING d.*)
SELECT delivery, kind, language, subject, text, html, composed_at, correlation_id, attempts, losses, envelope
FROM claimed ORDER BY losses > 0, place"""

# A lost commit only sends the mail again, so it need not wait for the disk.
_RECORD = """
UPDATE delivery SET state = $3, reason = $4, due_at = now() + $5, lease = NULL, attempts = attempts + 1, losses = 0,
    envelope = CASE WHEN $3 = 'due' THEN envelope END, sent_at = CASE WHEN $3 = 'sent' THEN now() END
WHERE delivery = $1 AND lease = $2 AND (state = 'due' OR $3 = 'sent')
  AND set_config('synchronous_commit', 'off', true) IS NOT NULL"""

# A confirmation isn't true any more from the cancellation on, also where the worker hasn't come to its member yet.
_IS_HELD = """
SELECT EXISTS (SELECT FROM delivery d WHERE d.delivery = $1 AND d.lease = $2 AND d.state = 'due'
  AND NOT (d.kind = ANY($3) AND EXISTS (SELECT FROM cancellation c WHERE c.offer = d.offer)))"""
_RELEASE = "UPDATE delivery SET lease = NULL, due_at = now() WHERE delivery = ANY($2) AND lease = $1"
_STATES = {SendOutcome.SENT: "sent", SendOutcome.RETRY: "due", SendOutcome.FAILED: "failed"}


@dataclass(frozen=True)
class ClaimedMail:
    """A mail that is to be sent now. `attempts` were made before, `losses` of which nothing became known."""

    content: MailContent
    correlation_id: str
    attempts: int
    losses: int


async def claim_mails(
    tx: Tx, target: Target, domain: str, lease: UUID, seconds: float
) -> Sequence[ClaimedMail]:
    """Claim mails of this target that are due, at most a batch; after `seconds` others may claim them. Those that are
    claimed first are from `domain`."""
    wait = timedelta(seconds=seconds)
    rows = await tx.fetch(_CLAIM, lease, wait, target.organisations, target.all_others, domain)
    return [
        ClaimedMail(_build_content(row), row["correlation_id"], row["attempts"], row["losses"])
        for row in rows
    ]


async def is_held(tx: Tx, lease: UUID, mail: ClaimedMail) -> bool:
    """False if the mail isn't to be sent any more with this claim: superseded or soon to be, a person erased, or the
    lease ended."""
    return bool(await tx.fetchval(_IS_HELD, mail.content.delivery, lease, list(CONFIRMATIONS)))


async def record_result(tx: Tx, lease: UUID, mail: ClaimedMail, result: SendResult) -> None:
    """Write down what became of a mail. Changes nothing if the lease ended and another process claimed it, or if it
    was superseded and not taken."""
    retries = result.outcome is SendOutcome.RETRY
    wait = timedelta(seconds=backoff_seconds(mail.attempts, *RETRY_SECONDS) if retries else 0)
    await tx.execute(_RECORD, mail.content.delivery, lease, _STATES[result.outcome], result.reason, wait)


async def release_mails(tx: Tx, lease: UUID, mails: Sequence[ClaimedMail]) -> None:
    """Give back those of these mails that are claimed with this lease."""
    await tx.execute(_RELEASE, lease, [mail.content.delivery for mail in mails])


def _build_content(row: asyncpg.Record) -> MailContent:
    return MailContent(
        delivery=row["delivery"],
        kind=row["kind"],
        language=row["language"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        composed_at=row["composed_at"],
        **row["envelope"],
    )
