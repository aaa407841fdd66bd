"""Addresses beyond ASCII: only the recipient's own one can keep a mail from being sent."""

from email.message import EmailMessage
from uuid import uuid4

import pytest

from shared.contracts.catalogue import MENTORSHIP, ORGANISATION, PROFILE
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer
from tests.notifications.sending import NOW, count_states

KIM, TONI = "kim@example.org", "tóni@example.org"


async def test_an_address_beyond_ascii_is_written_to(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(uuid4(), invited_at=NOW, email="ким@example.org")])
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")

        assert await count_states(service) == {"sent": 1}
    assert mailbox.recipients == ["ким@example.org"]


@pytest.mark.parametrize("international", [True, False])
async def test_who_agreed_gets_the_mail_whatever_the_others_address_is(
    start: StartService, mailbox: MailServer, international: bool
) -> None:
    mailbox.international = international
    kim, toni = uuid4(), uuid4()
    async with start() as service:
        await receive(service, PROFILE, [build.profile(kim, language="en", email=KIM)])
        await receive(service, PROFILE, [build.profile(toni, name="Toni Muster", language="en", email=TONI)])
        await receive(service, MENTORSHIP, [build.mentorship(uuid4(), kim, "agreed", adviser=toni)])
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")
        ends = {entry["member"]: (entry["state"], entry["reason"]) for entry in await list_entries(service)}

    assert ends[str(kim)] == ("sent", None)
    told = mailbox.accepted[mailbox.recipients.index(KIM)]
    assert told["Reply-To"] is None
    assert f"Please write to Toni Muster at {TONI}." in _read_text(told)
    if international:
        other = mailbox.accepted[mailbox.recipients.index(TONI)]
        assert (other["Reply-To"], "Simply reply" in _read_text(other)) == (KIM, True)
    else:
        assert ends[str(toni)] == ("failed", "the server takes no international addresses")


def _read_text(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return " ".join(plain.get_content().split())
