"""Sending: claims composed mails of one target with a lease, hands them over, writes down what became of each."""

import asyncio
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import structlog
from structlog.contextvars import bound_contextvars

from services.notifications.channels import mail, smtp
from services.notifications.channels.mail import Letter
from services.notifications.channels.smtp import Answer, Unavailable, Verdict
from services.notifications.channels.targets import Target
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, transaction

log = structlog.get_logger(__name__)

BATCH = 25
BACKOFF = (timedelta(seconds=30), timedelta(hours=1))

_CLAIM = """
WITH claimed AS (
    UPDATE delivery SET lease = $1, due_at = now() + $2
    WHERE delivery IN (
        SELECT delivery FROM delivery
        WHERE state = 'due' AND composed_at IS NOT NULL AND due_at <= now()
          AND (coalesce(organisation, '') = ANY($3::text[])) <> $4
        ORDER BY due_at, place LIMIT $5 FOR UPDATE SKIP LOCKED)
    RETURNING delivery, kind, language, organisation, member, other, subject, text, html, composed_at,
              correlation_id, attempts, place)
SELECT c.*, g.name AS organisation_name, r.email AS address, x.email AS other_address,
       concat_ws(' ', r.given_name, r.family_name) AS name
FROM claimed c JOIN recipient r ON r.member = c.member
LEFT JOIN recipient x ON x.member = c.other
LEFT JOIN organisation g ON g.organisation = c.organisation
ORDER BY c.place"""

# A lost commit only sends the mail again, so it need not wait for the disk.
_SETTLE = """
UPDATE delivery SET state = $3, reason = $4, due_at = now() + $5, lease = NULL, attempts = attempts + 1,
    sent_at = CASE WHEN $3 = 'sent' THEN now() END
WHERE delivery = $1 AND lease = $2 AND set_config('synchronous_commit', 'off', true) IS NOT NULL"""

_RELEASE = "UPDATE delivery SET lease = NULL, due_at = now() WHERE lease = $1 AND state = 'due'"
_STATES = {Verdict.SENT: "sent", Verdict.LATER: "due", Verdict.FAILED: "failed"}


@dataclass(frozen=True)
class Sender:
    """Sends to one target. `domain` follows the @ of the sender; a lease ends after `lease_seconds`."""

    target: Target
    domain: str
    lease_seconds: float

    async def send(self, pool: Pool) -> int:
        """Send what is due, at most a batch; returns how many were claimed. Nothing while the breaker is open."""
        if self.target.breaker.is_open:
            return 0
        lease, until = uuid4(), time.monotonic() + self.lease_seconds
        claimed = await self._claim(pool, lease)
        if not claimed:
            return 0
        try:
            await self._send_all(pool, lease, claimed, until)
        except Unavailable as fault:
            rest = self.target.breaker.failed()
            log.warning(
                "target.reach.failed", target=self.target.name, reason=fault.reason, rest=round(rest, 1)
            )
        finally:
            await asyncio.shield(_release(pool, lease))
        return len(claimed)

    async def _claim(self, pool: Pool, lease: UUID) -> Sequence[Any]:
        async with transaction(pool) as tx:
            return await tx.fetch(
                _CLAIM,
                lease,
                timedelta(seconds=self.lease_seconds),
                self.target.organisations,
                self.target.rest,
                BATCH,
            )

    async def _send_all(self, pool: Pool, lease: UUID, claimed: Sequence[Any], until: float) -> None:
        async with self.target.server.connected(self.domain, self._patience) as session:
            for row in claimed:
                if time.monotonic() > until - 2 * self._patience:
                    return
                await self.target.pace.turn()
                with bound_contextvars(correlation_id=row["correlation_id"]):
                    await _to_its_end(self._send_one(pool, lease, row, session))

    async def _send_one(self, pool: Pool, lease: UUID, row: Any, session: aiosmtplib.SMTP) -> None:
        try:
            answer = await self._hand_over(row, session)
        except Unavailable as fault:
            await _settle(pool, lease, row, Answer(Verdict.LATER, fault.reason))
            raise
        failpoint("delivery.accepted")
        self.target.breaker.passed()
        await _settle(pool, lease, row, answer)

    async def _hand_over(self, row: Any, session: aiosmtplib.SMTP) -> Answer:
        try:
            letter = _letter(row)
            message = mail.mail(letter, self.domain)
            recipient = mail.wire_address(letter.address)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the others go on
            return Answer(Verdict.FAILED, f"the mail could not be written: {type(error).__name__}")
        sender = f"no-reply@{self.domain}"
        return await smtp.hand_over(session, message, sender, recipient, self._patience)

    @property
    def _patience(self) -> float:
        return self.lease_seconds / 3


async def _settle(pool: Pool, lease: UUID, row: Any, answer: Answer) -> None:
    wait = _backoff(row["attempts"]) if answer.verdict is Verdict.LATER else timedelta()
    await pool.execute(_SETTLE, row["delivery"], lease, _STATES[answer.verdict], answer.reason, wait)
    log.info(
        "delivery.send.done",
        delivery=str(row["delivery"]),
        kind=row["kind"],
        verdict=answer.verdict,
        attempt=row["attempts"] + 1,
    )


async def _to_its_end(sending: Coroutine[Any, Any, None]) -> None:
    """What a server took is written down, also when the process is told to stop meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _release(pool: Pool, lease: UUID) -> None:
    await pool.execute(_RELEASE, lease)


def _backoff(attempts: int) -> timedelta:
    """Half a minute, doubled at each attempt, an hour at most; up to half less by chance."""
    shortest, longest = BACKOFF
    wait: timedelta = min(longest, shortest * 2 ** min(attempts, 20))
    return wait * random.uniform(0.5, 1)


def _letter(row: Any) -> Letter:
    return Letter(
        delivery=row["delivery"],
        kind=row["kind"],
        language=row["language"],
        organisation=row["organisation_name"],
        name=row["name"],
        address=row["address"],
        other_address=row["other_address"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        composed_at=row["composed_at"],
    )
