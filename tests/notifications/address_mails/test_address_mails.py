"""Mails to addresses are sent at once, and nothing of them is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.composing import texts
from shared.contracts.catalogue import ADDRESS_MAIL, ERASURE
from shared.contracts.members import AddressMail, AddressMailKind, AddressMailText, Erasure
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker
from tests.notifications.mailserver import MailServer

LINK = "https://network.example.org/sign-in/link/t0ken"
WORDS = ("kim@example.org", "t0ken")


def ask(kind: AddressMailKind = AddressMailKind.SIGN_IN, *, minutes: int = 15, **more: Any) -> Any:
    """The message that asks for a mail."""
    mail = AddressMail(
        mail=uuid4(),
        kind=kind,
        address="kim@example.org",
        link=LINK,
        valid_until=datetime.now(UTC) + timedelta(minutes=minutes),
        **more,
    )
    return build.message(mail.mail, mail)


async def find_words(service: Running) -> list[str]:
    """The tables that hold anything of the mail."""
    tables = await service.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'notifications'")
    found = []
    for (table,) in tables:
        rows = await service.pool.fetch(f'SELECT t::text AS row FROM "{table}" t')
        if any(word in row["row"] for row in rows for word in WORDS):
            found.append(table)
    return found


async def test_a_mail_is_sent_once_and_nothing_of_it_is_kept(
    start: StartService, mailbox: MailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    async with start() as service:
        asked = ask(language="de")
        await receive(service, ADDRESS_MAIL, [asked, asked])
        assert await find_words(service) == ["address_mail"]

        assert await run_worker(service, "address mails") == 1
        assert await run_worker(service, "address mails") == 0

        [mail] = mailbox.accepted
        assert mail["Subject"] == "Ihr Link zum Anmelden"
        assert all(LINK in part.get_content() for part in mail.iter_parts())
        assert await find_words(service) == []
    assert not any(word in "".join(capfd.readouterr()) for word in WORDS)


async def test_what_a_server_refuses_for_now_is_tried_again_until_it_isnt_valid_any_more(
    start: StartService, mailbox: MailServer
) -> None:
    async def refuse(_recipient: str) -> str:
        return "450 later"

    mailbox.answer = refuse
    async with start() as service:
        await receive(service, ADDRESS_MAIL, [ask()])
        await run_worker(service, "address mails")
        assert await run_worker(service, "address mails") == 0

        await service.pool.execute("UPDATE address_mail SET due_at = now()")
        assert await run_worker(service, "address mails") == 1
        await service.pool.execute("UPDATE address_mail SET valid_until = now(), due_at = now()")
        assert await run_worker(service, "address mails") == 0

        assert mailbox.tried == 2
        assert await find_words(service) == []


async def test_what_is_late_restored_or_for_somebody_erased_is_not_sent(
    start: StartService, mailbox: MailServer
) -> None:
    gone: UUID = uuid4()
    async with start() as service:
        await receive(service, ADDRESS_MAIL, [ask(member=gone)])
        erasure = Erasure(member=gone, ordered_at=datetime.now(UTC))
        await receive(service, ERASURE, [build.message(gone, erasure)])
        await receive(service, ADDRESS_MAIL, [ask(member=gone), ask(minutes=-1)])
        await receive(service, ADDRESS_MAIL, [replace(ask(), restored=True)])

        assert await run_worker(service, "address mails") == 0
        assert await find_words(service) == []


async def test_a_mail_has_the_text_that_it_names_and_else_that_of_its_kind(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        for text in (AddressMailText.DISCLOSURE, "of a newer version"):
            await receive(service, ADDRESS_MAIL, [ask(text=text)])
        assert await run_worker(service, "address mails") == 2

    assert {mail["Subject"] for mail in mailbox.accepted} == {"Your data is ready", "Your link to sign in"}


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("kind", [*AddressMailKind, *AddressMailText])
def test_every_kind_has_a_text_in_every_language(
    kind: AddressMailKind | AddressMailText, language: str
) -> None:
    for organisation in ("Akademischer Dienst", None):
        text = texts.render_text(kind, language, {"organisation": organisation, "link": LINK})
        assert 5 < len(text.subject) < 120
        assert text.text.count(LINK) == text.html.count(LINK) == 1
        assert "None" not in text.text + text.html
