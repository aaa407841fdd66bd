"""Sends what waits, in a session of its own beside all other mails, so that nobody who signs in waits behind a list."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from structlog.contextvars import bound_contextvars

from services.notifications.address_mails import address_mails
from services.notifications.address_mails.address_mails import WaitingMail
from services.notifications.channels.mail import MailContent
from services.notifications.channels.sending import send_mail
from services.notifications.channels.smtp import SendOutcome, ServerUnavailable
from services.notifications.channels.targets import Target
from services.notifications.composing import texts
from shared.contracts.members import AddressMail, AddressMailKind, AddressMailText
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker

log = structlog.get_logger(__name__)

CLAIM = timedelta(seconds=30)
EVERY_SECONDS = 0.25
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class AddressMailSender:
    """Sends to one target; `domain` follows the @ of the sender."""

    target: Target
    domain: str

    async def send_due(self, pool: Pool) -> int:
        """Send what is due; returns how many mails were claimed. No transaction is open meanwhile."""
        if self.target.breaker.is_open:
            return 0
        async with transaction(pool) as tx:
            await address_mails.forget_invalid(tx)
            claimed = await address_mails.claim_mails(tx, CLAIM)
        if claimed:
            await self._send_all(pool, claimed)
        return len(claimed)

    async def _send_all(self, pool: Pool, claimed: Sequence[WaitingMail]) -> None:
        began = time.monotonic()
        try:
            async with self.target.server.open_session(self.domain, TIMEOUT_SECONDS) as session:
                for waiting in claimed:
                    await self.target.rate_limit.wait_turn()
                    content = _write_content(waiting.mail, self.domain)
                    result = await send_mail(session, content, TIMEOUT_SECONDS)
                    await _note_result(pool, waiting, result.outcome)
        except ServerUnavailable as fault:
            self.target.breaker.record_failure(began)
            log.warning("target.reach.failed", target=self.target.name, reason=fault.kind)
            return
        self.target.breaker.record_success()


def build_address_mail_worker(sender: AddressMailSender) -> Worker:
    """Looks so often that nobody waits for it."""
    return Worker("address mails", sender.send_due, every=EVERY_SECONDS)


async def _note_result(pool: Pool, waiting: WaitingMail, outcome: SendOutcome) -> None:
    if outcome is not SendOutcome.RETRY:
        async with transaction(pool) as tx:
            await address_mails.forget_mail(tx, waiting.mail.mail)
    with bound_contextvars(correlation_id=waiting.correlation_id):
        log.info("mail.send.done", kind=waiting.mail.kind, outcome=outcome)


def _choose_text(mail: AddressMail) -> AddressMailKind | AddressMailText:
    """A text that isn't known here came with a newer version: the kind's fits as well."""
    return AddressMailText(mail.text) if mail.text in set(AddressMailText) else mail.kind


def _write_content(mail: AddressMail, domain: str) -> MailContent:
    language = texts.choose_language(mail.language)
    values = {"organisation": mail.organisation or None, "link": mail.link}
    text = texts.render_text(_choose_text(mail), language, values)
    return MailContent(
        delivery=mail.mail,
        domain=domain,
        kind=mail.kind,
        language=language,
        organisation=mail.organisation or None,
        name=mail.address,
        address=mail.address,
        other_address=None,
        subject=text.subject,
        text=text.text,
        html=text.html,
        composed_at=datetime.now(UTC),
    )
