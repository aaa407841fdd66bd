"""Repeats: a mail that may have been taken goes out again as it was, whatever changed meanwhile."""

from collections import Counter
from email import message_from_bytes
from uuid import UUID, uuid4

import pytest

from shared.contracts.catalogue import MENTORSHIP, ORGANISATION, PROFILE
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker
from tests.notifications.mailserver import MailServer
from tests.notifications.sending import NOW, count_states

NAMES = ("Akademischer Dienst", "Dienst für Austausch", "Ёлка, e. V.")


@pytest.fixture
async def refusing(mailbox: MailServer) -> MailServer:
    async def refuse(_recipient: str) -> str:
        return "451 4.3.0 the disk is full"

    mailbox.answer = refuse
    return mailbox


async def test_a_repeat_is_the_same_byte_for_byte_to_the_same_address_whatever_changed(
    start: StartService, refusing: MailServer
) -> None:
    kim, toni = uuid4(), uuid4()
    for number, name in enumerate(NAMES):
        async with start(SENDER_DOMAIN=f"mail{number}.example.org") as service:
            persons = [
                build.profile(
                    one, name=f"{given} {name}", email=f"{given}{number}@example.org", invited_at=NOW
                )
                for one, given in ((kim, "Kim"), (toni, "Toni"))
            ]
            await receive(service, ORGANISATION, [build.organisation(name=name)])
            await receive(service, PROFILE, persons)
            if not number:
                await receive(service, MENTORSHIP, [build.mentorship(uuid4(), kim, "agreed", adviser=toni)])
                await run_worker(service, "compose")
            await try_all(service)

    tries = Counter(refusing.refused)
    assert sorted(tries.values()) == [len(NAMES)] * 4
    assert {recipient for recipient, _ in tries} == {"Kim0@example.org", "Toni0@example.org"}
    replied = {message_from_bytes(content)["Reply-To"] for _, content in tries}
    assert replied == {None, "Kim0@example.org", "Toni0@example.org"}


async def try_all(service: Running) -> None:
    await service.pool.execute("UPDATE delivery SET due_at = now()")
    assert await run_worker(service, "send default 0") == 4


async def test_what_was_not_tried_yet_goes_to_the_address_that_is_right_by_then(
    start: StartService, mailbox: MailServer
) -> None:
    kim = uuid4()
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(kim, email="old@example.org", invited_at=NOW)])
        await run_worker(service, "compose")
        await receive(service, PROFILE, [build.profile(kim, email="new@example.org", invited_at=NOW)])
        await run_worker(service, "send default 0")

    assert mailbox.recipients == ["new@example.org"]


async def test_a_rename_between_composing_and_the_first_try_changes_nothing(
    start: StartService, mailbox: MailServer
) -> None:
    """As the text names them already: who it is from, who it is for, and where an answer goes."""
    kim, toni = uuid4(), uuid4()
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation(name="Alter Name")])
        await introduce_pair(service, kim, toni, surname="Vorher")
        await receive(service, MENTORSHIP, [build.mentorship(uuid4(), kim, "agreed", adviser=toni)])
        await run_worker(service, "compose")
        await receive(service, ORGANISATION, [build.organisation(name="Neuer Name")])
        await introduce_pair(service, kim, toni, surname="Nachher")
        assert await run_worker(service, "send default 0") == 4

    heads = {(mail["From"], mail["To"], mail["Reply-To"]) for mail in mailbox.accepted}
    assert heads == {
        ("Alter Name <no-reply@example.org>", "Kim Vorher <kim.nachher@example.org>", None),
        ("Alter Name <no-reply@example.org>", "Toni Vorher <toni.nachher@example.org>", None),
        (
            "Alumnibus <no-reply@example.org>",
            "Kim Vorher <kim.nachher@example.org>",
            "toni.vorher@example.org",
        ),
        (
            "Alumnibus <no-reply@example.org>",
            "Toni Vorher <toni.nachher@example.org>",
            "kim.vorher@example.org",
        ),
    }


async def introduce_pair(service: Running, kim: UUID, toni: UUID, surname: str) -> None:
    """Both are invited, and have this surname, in their address too."""
    persons = [
        build.profile(
            one, name=f"{given} {surname}", email=f"{given}.{surname}@example.org".lower(), invited_at=NOW
        )
        for one, given in ((kim, "Kim"), (toni, "Toni"))
    ]
    await receive(service, PROFILE, persons)


async def test_what_was_composed_before_its_names_were_kept_is_sent(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(uuid4(), email="kim@example.org", invited_at=NOW)])
        await run_worker(service, "compose")
        await service.pool.execute("UPDATE delivery SET envelope = NULL")
        await run_worker(service, "send default 0")

    assert [(mail["From"], mail["To"]) for mail in mailbox.accepted] == [
        ("Akademischer Dienst <no-reply@example.org>", "Kim Beispiel <kim@example.org>")
    ]


ENDINGS = {
    "sent": "",
    "failed": "UPDATE delivery SET created_at = now() - interval '4 days'",
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_no_address_is_kept_of_a_mail_that_is_not_repeated(
    start: StartService, refusing: MailServer, ending: str
) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(uuid4(), email="kim@example.org", invited_at=NOW)])
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")
        assert "kim@example.org" in await read_log(service)
        if ending == "sent":
            refusing.answer = MailServer().answer
            await service.pool.execute("UPDATE delivery SET due_at = now()")
            await run_worker(service, "send default 0")
        else:
            await service.pool.execute(ENDINGS[ending])
            await run_worker(service, "sweep")

        assert await count_states(service) == {ending: 1}
        assert "kim@example.org" not in await read_log(service)


async def read_log(service: Running) -> str:
    return str(await service.pool.fetch("SELECT delivery::text, reason, envelope FROM delivery"))
