"""The senders: each claims what is due for its target, sends it in one session, and records what became of each."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

import aiosmtplib
import structlog
from structlog.contextvars import bound_contextvars

from services.notifications.channels import claims
from services.notifications.channels.claims import ClaimedMail
from services.notifications.channels.sending import send_mail
from services.notifications.channels.smtp import SendOutcome, SendResult, ServerUnavailable
from services.notifications.channels.targets import Target
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, transaction
from shared.postgres.transient import is_transient
from shared.runtime.attempts import MOST_LOST
from shared.runtime.items import PROCESS_DIED, count_failed_item
from shared.runtime.worker import Worker
from shared.stopping import is_told_to_stop

log = structlog.get_logger(__name__)

CONNECTIONS = 8
R = TypeVar("R")


def build_sending_workers(senders: Sequence["MailSender"]) -> Sequence[Worker]:
    """Eight connections for each target."""
    return [
        Worker(f"send {sender.target.name} {n}", sender.send_due, every=1)
        for sender in senders
        for n in range(CONNECTIONS)
    ]


class SessionBroken(Exception):
    """A mail raised what nobody expected; its server may wait for the rest of it, so the next needs a new session."""


@dataclass(frozen=True)
class MailSender:
    """Sends to one target. `domain` follows the @ of the sender; a lease ends after `lease_seconds`."""

    target: Target
    domain: str
    lease_seconds: float

    async def send_due(self, pool: Pool) -> int:
        """Send what is due, at most a batch; returns how many were claimed. Nothing while the breaker is open.

        No transaction is open while the server is spoken to. Whatever ends this, what was not begun is given back;
        of what was begun and can't be recorded the lease ends, which counts as a loss.
        """
        if self.target.breaker.is_open:
            return 0
        lease, began = uuid4(), time.monotonic()
        claiming = asyncio.ensure_future(self._claim_mails(pool, lease))
        begun: set[UUID] = set()
        try:
            await self._send_all(pool, lease, await _run_to_end(claiming), began + self.lease_seconds, begun)
        except SessionBroken:
            log.error("target.session.broken", target=self.target.name)
        except ServerUnavailable as fault:
            seconds = self.target.breaker.record_failure(began)
            log.warning(
                "target.reach.failed",
                target=self.target.name,
                reason=fault.kind,
                retry_seconds=round(seconds, 1),
            )
        finally:
            left = [mail for mail in claiming.result() if mail.content.delivery not in begun]
            await asyncio.shield(_release_mails(pool, lease, left))
        return len(claiming.result())

    async def _claim_mails(self, pool: Pool, lease: UUID) -> Sequence[ClaimedMail]:
        async with transaction(pool) as tx:
            return await claims.claim_mails(tx, self.target, self.domain, lease, self.lease_seconds)

    async def _send_all(
        self, pool: Pool, lease: UUID, mails: Sequence[ClaimedMail], until: float, begun: set[UUID]
    ) -> None:
        if not mails:
            return
        async with self.target.server.open_session(self.domain, self._timeout_seconds) as session:
            for mail in mails:
                if time.monotonic() > until - 2 * self._timeout_seconds:
                    return
                await self.target.rate_limit.wait_turn()
                begun.add(mail.content.delivery)
                with bound_contextvars(correlation_id=mail.correlation_id):
                    await _run_to_end(self._send_one(pool, lease, mail, session))

    async def _send_one(self, pool: Pool, lease: UUID, mail: ClaimedMail, session: aiosmtplib.SMTP) -> None:
        if not await _is_held(pool, lease, mail):
            return
        if mail.losses >= MOST_LOST:
            await self._fail_mail(pool, lease, mail, PROCESS_DIED)
            return
        try:
            result = await send_mail(session, mail.content, self._timeout_seconds)
        except ServerUnavailable as fault:
            await _record_result(pool, lease, mail, SendResult(SendOutcome.RETRY, fault.reason))
            raise
        except BaseException as error:
            if is_told_to_stop(error):
                raise
            await self._fail_mail(pool, lease, mail, type(error).__name__)
            raise SessionBroken from None
        failpoint("delivery.accepted")
        self.target.breaker.record_success()
        await _record_result(pool, lease, mail, result)

    async def _fail_mail(self, pool: Pool, lease: UUID, mail: ClaimedMail, error: str) -> None:
        reason = f"the mail could not be handed over: {error}"
        await _record_result(pool, lease, mail, SendResult(SendOutcome.FAILED, reason))
        count_failed_item(f"send {self.target.name}", str(mail.content.delivery), error)

    @property
    def _timeout_seconds(self) -> float:
        return self.lease_seconds / 3


async def _is_held(pool: Pool, lease: UUID, mail: ClaimedMail) -> bool:
    async with pool.acquire() as connection:
        return await claims.is_held(connection, lease, mail)


async def _record_result(pool: Pool, lease: UUID, mail: ClaimedMail, result: SendResult) -> None:
    try:
        await _store_result(pool, lease, mail, result)
    except BaseException as error:
        if is_told_to_stop(error) or is_transient(error):
            raise
        # Not the outcome is in doubt, but whether its words can be stored: what was sent is not sent again.
        log.error("delivery.record.failed", error=type(error).__name__)
        ended = result.outcome if result.outcome is SendOutcome.SENT else SendOutcome.FAILED
        await _store_result(pool, lease, mail, SendResult(ended, f"not recorded: {type(error).__name__}"))
    log.info(
        "delivery.send.done",
        delivery=str(mail.content.delivery),
        kind=mail.content.kind,
        outcome=result.outcome,
        attempt=mail.attempts + 1,
    )


async def _store_result(pool: Pool, lease: UUID, mail: ClaimedMail, result: SendResult) -> None:
    # One statement commits by itself; BEGIN and COMMIT would be two more turns for each mail.
    async with pool.acquire() as connection:
        await claims.record_result(connection, lease, mail, result)


async def _release_mails(pool: Pool, lease: UUID, mails: Sequence[ClaimedMail]) -> None:
    if mails:
        async with pool.acquire() as connection:
            await claims.release_mails(connection, lease, mails)


async def _run_to_end(work: "asyncio.Future[R] | Coroutine[Any, Any, R]") -> R:
    """What was claimed and what a server took is known at the end, also when the process is stopped meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        task.exception()  # looked at, or asyncio would report it besides
        raise
