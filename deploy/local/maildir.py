"""Accepted mail as files: on the disk before the sender hears so, and read again for the mailbox pages."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import count
from pathlib import Path

_parser = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class Mail:
    """One mail as the list shows it; `name` is its file's."""

    name: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    date: str
    message_id: str


class Maildir:
    """A folder in the Maildir form: a mail is written in `tmp`, then renamed into `new`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def store_mail(self, sender: str, recipients: list[str], content: bytes) -> Mail:
        """Write it durably, with the envelope in front; raises OSError."""
        name = f"{time.time_ns()}.{os.getpid()}_{next(self._numbers)}.{socket.gethostname()}"
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {', '.join(recipients)}\r\n"
        draft = self.folder / "tmp" / name
        with draft.open("wb") as file:
            file.write(envelope.encode() + content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / "new" / name)
        self._sync_folder()
        return summarise_mail(name, self.read_mail(name))

    def list_names(self) -> list[str]:
        """All mails' files, the oldest first."""
        return sorted(path.name for path in (self.folder / "new").iterdir())

    def read_mail(self, name: str) -> EmailMessage:
        """The whole mail; FileNotFoundError if there is none of this name."""
        if name != Path(name).name:
            raise FileNotFoundError(name)
        message = _parser.parsebytes((self.folder / "new" / name).read_bytes())
        assert isinstance(message, EmailMessage)
        return message

    def list_mails(self) -> Iterator[Mail]:
        """All mails, the oldest first."""
        return (summarise_mail(name, self.read_mail(name)) for name in self.list_names())

    def _sync_folder(self) -> None:
        folder = os.open(self.folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def summarise_mail(name: str, message: EmailMessage) -> Mail:
    return Mail(
        name=name,
        sender=str(message.get("From", "")),
        recipients=tuple(str(message.get("Delivered-To", "")).split(", ")),
        subject=str(message.get("Subject", "")),
        date=str(message.get("Date", "")),
        message_id=str(message.get("Message-ID", "")),
    )


def read_text_part(message: EmailMessage, kind: str) -> str | None:
    """Its text of this kind ("plain" or "html"), None if it has none."""
    body = message.get_body(preferencelist=(kind,))
    if body is None:
        return None
    content = body.get_content()
    return content if isinstance(content, str) else None
