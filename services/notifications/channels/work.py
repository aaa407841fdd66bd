"""The senders: each claims what is due for its target, sends it in one session, and records what became of each."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import structlog
from structlog.contextvars import bound_contextvars

from services.notifications.channels import claims
from services.notifications.channels.claims import ClaimedMail
from services.notifications.channels.sending import send_mail
from services.notifications.channels.smtp import Answer, Unavailable, Verdict
from services.notifications.channels.targets import Target
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker

log = structlog.get_logger(__name__)

CONNECTIONS = 8


def build_workers(senders: Sequence["MailSender"]) -> Sequence[Worker]:
    """Eight connections for each target."""
    return [
        Worker(f"send {sender.target.name} {n}", sender.send_due, every=1)
        for sender in senders
        for n in range(CONNECTIONS)
    ]


@dataclass(frozen=True)
class MailSender:
    """Sends to one target. `domain` follows the @ of the sender; a lease ends after `lease_seconds`."""

    target: Target
    domain: str
    lease_seconds: float

    async def send_due(self, pool: Pool) -> int:
        """Send what is due, at most a batch; returns how many were claimed. Nothing while the breaker is open.

        No transaction is open while the server is spoken to.
        """
        if self.target.breaker.is_open:
            return 0
        lease, until = uuid4(), time.monotonic() + self.lease_seconds
        async with transaction(pool) as tx:
            mails = await claims.claim_mails(tx, self.target, lease, self.lease_seconds)
        if not mails:
            return 0
        try:
            await self._send_all(pool, lease, mails, until)
        except Unavailable as fault:
            rest = self.target.breaker.failed()
            log.warning(
                "target.reach.failed", target=self.target.name, reason=fault.reason, rest=round(rest, 1)
            )
        finally:
            await asyncio.shield(_release(pool, lease))
        return len(mails)

    async def _send_all(self, pool: Pool, lease: UUID, mails: Sequence[ClaimedMail], until: float) -> None:
        async with self.target.server.connected(self.domain, self._patience) as session:
            for mail in mails:
                if time.monotonic() > until - 2 * self._patience:
                    return
                await self.target.pace.turn()
                with bound_contextvars(correlation_id=mail.correlation_id):
                    await _run_to_end(self._send_one(pool, lease, mail, session))

    async def _send_one(self, pool: Pool, lease: UUID, mail: ClaimedMail, session: aiosmtplib.SMTP) -> None:
        try:
            result = await send_mail(session, mail.content, self.domain, self._patience)
        except Unavailable as fault:
            await _record(pool, lease, mail, Answer(Verdict.LATER, fault.reason))
            raise
        failpoint("delivery.accepted")
        self.target.breaker.passed()
        await _record(pool, lease, mail, result)

    @property
    def _patience(self) -> float:
        return self.lease_seconds / 3


async def _record(pool: Pool, lease: UUID, mail: ClaimedMail, result: Answer) -> None:
    # One statement commits by itself; BEGIN and COMMIT would be two more turns for each mail.
    async with pool.acquire() as connection:
        await claims.record_result(connection, lease, mail, result)
    log.info(
        "delivery.send.done",
        delivery=str(mail.content.delivery),
        kind=mail.content.kind,
        verdict=result.verdict,
        attempt=mail.attempts + 1,
    )


async def _release(pool: Pool, lease: UUID) -> None:
    async with pool.acquire() as connection:
        await claims.release_mails(connection, lease)


async def _run_to_end(sending: Coroutine[Any, Any, None]) -> None:
    """What a server took is recorded, also when the process is told to stop meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
