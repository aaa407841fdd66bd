"""The demo's mail server keeps what it accepts, and shows hostile mail without harm."""

import smtplib
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.children import Children, Program
from deploy.local.home import CHECKOUT
from deploy.local.maildir import Maildir
from deploy.local.ports import LOOPBACK, free_port, is_accepting

HOSTILE = '<script>alert("subject")</script>'


class Mailbox:
    """The mail server as a process of its own."""

    def __init__(self, children: Children, folder: Path) -> None:
        self.smtp = free_port()
        self.http = free_port()
        command = (
            *(sys.executable, "-m", "deploy.local.mailbox"),
            *(str(folder / "mail"), str(self.smtp), str(self.http)),
        )
        self.child = children.start(Program("mailbox", command, folder / "mailbox.log", CHECKOUT))
        self.child.wait_until(lambda: is_accepting(self.http) and is_accepting(self.smtp), 30)

    def send(self, recipient: str, mail: EmailMessage) -> None:
        with smtplib.SMTP(LOOPBACK, self.smtp) as client:
            client.send_message(mail, "network@example.org", [recipient])

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://{LOOPBACK}:{self.http}{path}")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with Children() as children:
        yield Mailbox(children, tmp_path)


def build_mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "network@example.org", "zoe@example.org", subject
    message["Message-ID"] = "<stable-1@example.org>"
    message.set_content("As plain text <b>not bold</b>")
    message.add_alternative('<p>Hallo</p><script>alert("body")</script>', subtype="html")
    return message


def test_accepted_mail_outlives_a_kill(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.send("zoë@example.org", build_mail("Einladung nach Köln"))
    mailbox.child.kill()
    kept = list(Maildir(tmp_path / "mail").list_mails())

    assert [(one.recipients, one.subject, one.message_id) for one in kept] == [
        (("zoë@example.org",), "Einladung nach Köln", "<stable-1@example.org>")
    ]


def test_the_list_finds_mail_by_recipient(mailbox: Mailbox) -> None:
    mailbox.send("zoe@example.org", build_mail("Einladung"))

    assert "Einladung" in mailbox.get("/?to=ZOE@").text
    assert "No mail went to this address" in mailbox.get("/?to=other").text


def test_hostile_mail_is_shown_without_harm(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.send("zoe@example.org", build_mail(HOSTILE))
    name = Maildir(tmp_path / "mail").list_names()[0]
    shown, body = mailbox.get(f"/mails/{name}"), mailbox.get(f"/mails/{name}/html")

    assert HOSTILE not in mailbox.get("/").text + shown.text
    assert "<iframe sandbox " in shown.text
    assert body.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in body.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["unknown", "..%2Flock", "%2Fetc%2Fpasswd"])
def test_a_mail_that_is_not_there_is_404(mailbox: Mailbox, name: str) -> None:
    assert mailbox.get(f"/mails/{name}").status_code == 404
