"""SMTP servers: how to reach one, and what its answers mean."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

_BUSY = (421, 452)
_ADDRESS = re.compile(r"\S+@\S+")


class SendOutcome(StrEnum):
    """What became of one mail."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


class SendResult(NamedTuple):
    """An outcome with its reason; the reason holds no address."""

    outcome: SendOutcome
    reason: str | None = None


class ServerUnavailable(Exception):
    """The server, not the mail, is at fault: away, too slow, busy, or it refuses us. `kind` is its code or the error's
    class, without the server's words, which may quote the mail."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = reason.partition(" ")[0]


@dataclass(frozen=True)
class SmtpServer:
    """An SMTP server; STARTTLS is used where it is offered, smtps:// means TLS from the first byte."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """From smtp://user:password@host:port. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a mail server is written as smtp://host:port or smtps://host:port")
        tls = parts.scheme == "smtps"
        user, password = (value and unquote(value) for value in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or (465 if tls else 25), tls, user, password)

    @asynccontextmanager
    async def open_session(self, greeting: str, seconds: float) -> AsyncIterator[aiosmtplib.SMTP]:
        """A session that is ready for mails. Raises `ServerUnavailable`."""
        session = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            username=self.user,
            password=self.password,
            local_hostname=greeting,
            timeout=seconds,
        )
        try:
            await _do_within(seconds, session.connect())
        except (aiosmtplib.SMTPException, OSError) as error:
            session.close()
            raise ServerUnavailable(_describe_error(error)) from None
        try:
            yield session
        finally:
            await _close_session(session)


async def _close_session(session: aiosmtplib.SMTP) -> None:
    """Say goodbye; a server that doesn't answer took the mails all the same."""
    with suppress(aiosmtplib.SMTPException, OSError):
        if session.is_connected:
            await _do_within(1, session.quit())
    session.close()


async def _do_within(seconds: float, step: Coroutine[Any, Any, object]) -> None:
    """Do a step of a session. Raises TimeoutError.

    It has a task of its own: aiosmtplib waits with asyncio.wait_for, which before Python 3.12 loses a cancellation
    that comes at the same time as the answer, and the process would never stop.
    """
    task = asyncio.ensure_future(step)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.wait([task])
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hand_over(
    session: aiosmtplib.SMTP, message: bytes, sender: str, recipient: str, seconds: float
) -> SendResult:
    """Give one mail to the server. Raises `ServerUnavailable` if the session is of no use any more."""
    try:
        async with asyncio.timeout(seconds):
            await _send_message(session, message, sender, recipient)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return _interpret_refusal(error.recipients[0])
    except aiosmtplib.SMTPSenderRefused as error:
        raise ServerUnavailable(_describe_error(error)) from None
    except aiosmtplib.SMTPResponseException as error:
        return _interpret_refusal(error)
    except aiosmtplib.SMTPNotSupported:
        return SendResult(SendOutcome.FAILED, "the server takes no international addresses")
    except (aiosmtplib.SMTPException, OSError) as error:
        raise ServerUnavailable(_describe_error(error)) from None
    return SendResult(SendOutcome.SENT)


async def _send_message(session: aiosmtplib.SMTP, message: bytes, sender: str, recipient: str) -> None:
    """Beyond ASCII in the address, or in the head for its sake, both sides must know SMTPUTF8 (RFC 6531)."""
    plain = recipient.isascii() and message.isascii()
    options = () if plain else ("SMTPUTF8", "BODY=8BITMIME")
    await session.sendmail(sender, [recipient], message, mail_options=options)


def _interpret_refusal(error: aiosmtplib.SMTPResponseException) -> SendResult:
    if error.code in _BUSY:
        raise ServerUnavailable(_describe_error(error))
    return SendResult(SendOutcome.FAILED if error.code >= 500 else SendOutcome.RETRY, _describe_error(error))


def _describe_error(error: Exception) -> str:
    """The server's words in one line, without addresses."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        readable = "".join(letter if letter.isprintable() else " " for letter in error.message)
        said = " ".join(_ADDRESS.sub("(address)", readable).split())
        return f"{error.code} {said}"[:300]
    return type(error).__name__
