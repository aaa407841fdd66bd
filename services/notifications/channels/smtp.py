"""SMTP servers: how to reach one, and what its answers mean."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_string
from email.policy import SMTPUTF8
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

_BUSY = (421, 452)
_ADDRESS = re.compile(r"\S+@\S+")


class Verdict(StrEnum):
    """What became of one mail."""

    SENT = "sent"
    LATER = "later"
    FAILED = "failed"


class Answer(NamedTuple):
    """A verdict with its reason; the reason holds no address."""

    verdict: Verdict
    reason: str | None = None


class Unavailable(Exception):
    """The server, not the mail, is at fault: away, too slow, busy, or it refuses us."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Server:
    """An SMTP server; STARTTLS is used where it is offered, smtps:// means TLS from the first byte."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "Server":
        """From smtp://user:password@host:port. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a mail server is written as smtp://host:port or smtps://host:port")
        tls = parts.scheme == "smtps"
        user, password = (value and unquote(value) for value in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or (465 if tls else 25), tls, user, password)

    @asynccontextmanager
    async def connected(self, greeting: str, seconds: float) -> AsyncIterator[aiosmtplib.SMTP]:
        """A session that is ready for mails. Raises `Unavailable`."""
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
            async with asyncio.timeout(seconds):
                await session.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            session.close()
            raise Unavailable(_reason(error)) from None
        try:
            yield session
        finally:
            await _leave(session)


async def _leave(session: aiosmtplib.SMTP) -> None:
    """Say goodbye; a server that doesn't answer took the mails all the same."""
    with suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(1):
            if session.is_connected:
                await session.quit()
    session.close()


async def hand_over(
    session: aiosmtplib.SMTP, message: bytes, sender: str, recipient: str, seconds: float
) -> Answer:
    """Give one mail to the server. Raises `Unavailable` if the session is of no use any more."""
    try:
        async with asyncio.timeout(seconds):
            await _send(session, message, sender, recipient)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return _refused(error.recipients[0])
    except aiosmtplib.SMTPSenderRefused as error:
        raise Unavailable(_reason(error)) from None
    except aiosmtplib.SMTPResponseException as error:
        return _refused(error)
    except aiosmtplib.SMTPNotSupported:
        return Answer(Verdict.FAILED, "the server takes no international addresses")
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unavailable(_reason(error)) from None
    return Answer(Verdict.SENT)


async def _send(session: aiosmtplib.SMTP, message: bytes, sender: str, recipient: str) -> None:
    """Beyond ASCII in the address, or in the head for its sake, both sides must know SMTPUTF8 (RFC 6531)."""
    if recipient.isascii() and message.isascii():
        await session.sendmail(sender, [recipient], message)
    elif session.supports_extension("smtputf8"):
        parsed = message_from_string(message.decode(), policy=SMTPUTF8)
        await session.send_message(parsed, sender=sender, recipients=[recipient])
    else:
        raise aiosmtplib.SMTPNotSupported("SMTPUTF8")


def _refused(error: aiosmtplib.SMTPResponseException) -> Answer:
    if error.code in _BUSY:
        raise Unavailable(_reason(error))
    return Answer(Verdict.FAILED if error.code >= 500 else Verdict.LATER, _reason(error))


def _reason(error: Exception) -> str:
    """The server's words in one line, without addresses."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = " ".join(_ADDRESS.sub("(address)", error.message).split())
        return f"{error.code} {said}"[:300]
    return type(error).__name__
