"""A real SMTP server for tests: keeps what it accepts, and can refuse, be slow, or hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Thread
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope

Answering = Callable[[str], Awaitable[str]]


async def _accepting(_recipient: str) -> str:
    return "250 kept"


@dataclass
class MailServer:
    """Accepted mails in their order, refused ones as recipient and bytes; `answer` says what a recipient's mail is
    answered with."""

    accepted: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refused: list[tuple[str, bytes]] = field(default_factory=list)
    answer: Answering = _accepting
    tried: int = 0
    international: bool = True
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.accepted]

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:
        """Called by aiosmtpd for each mail."""
        self.tried += 1
        said = await self.answer(envelope.rcpt_tos[0])
        content = cast(bytes, envelope.original_content)
        if not said.startswith("250"):
            self.refused.append((envelope.rcpt_tos[0], content))
        else:
            self.accepted.append(message_from_bytes(content, policy=default))
            self.recipients.append(envelope.rcpt_tos[0])
        return said


@asynccontextmanager
async def mail_server(answer: Answering = _accepting, port: int = 0) -> AsyncIterator[MailServer]:
    """A server on a free port (or this one) until the block ends; it takes addresses beyond ASCII while it is
    `international`."""
    keeper, sessions = MailServer(answer=answer), list[SMTP]()
    loop = asyncio.get_running_loop()

    def open_session() -> SMTP:
        utf8 = keeper.international
        sessions.append(SMTP(keeper, enable_SMTPUTF8=utf8, hostname="mail.test", loop=loop))
        return sessions[-1]

    server = await loop.create_server(open_session, "127.0.0.1", port)
    keeper.port = server.sockets[0].getsockname()[1]
    try:
        yield keeper
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.close()
        await server.wait_closed()


@contextmanager
def mail_server_in_thread() -> Iterator[str]:
    """The URL of a server with an event loop of its own, which accepts every mail."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    server = mail_server()
    try:
        yield asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result().url
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
