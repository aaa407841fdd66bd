"""Disclosure: a member hears all that notifications holds about them, however much it is, in parts of bounded size."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.notifications.disclosure import DISCLOSING, HOLDINGS
from shared.contracts.catalogue import ADDRESS_MAIL, ERASURE, NOTIFICATIONS_DISCLOSURE, PROFILE
from shared.contracts.members import AddressMail, AddressMailKind
from shared.testing.access import give_mandates
from tests.disclosed import disclose, merge_parts, read_parts, receive_request, require_told
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker
from tests.notifications.lives import KIM, TONI, receive_all

OF_NOBODY = {"organisation", "offer", "erased"}


async def test_a_member_hears_of_every_table_that_names_them(start: StartService) -> None:
    mail = AddressMail(
        mail=uuid4(),
        kind=AddressMailKind.SIGN_IN,
        address="kim@example.org",
        link="https://network.example.org/a-secret-link",
        valid_until=datetime.now(UTC) + timedelta(minutes=15),
        member=TONI,
    )
    async with start() as service:
        await give_mandates(service.pool, (), TONI)
        await receive_all(service)
        await run_worker(service, "compose")
        await receive(service, ADDRESS_MAIL, [build.message(mail.mail, mail)])
        await service.pool.execute("INSERT INTO cancellation VALUES ($1, $2, false)", uuid4(), TONI)
        await service.pool.execute("UPDATE registration SET member = $1", TONI)
        await (service.as_member(TONI)).get("/deliveries")

        told = await disclose(service, DISCLOSING, NOTIFICATIONS_DISCLOSURE, TONI)

        await require_told(service.pool, HOLDINGS, OF_NOBODY, TONI, told)
    assert "Kim Beispielhaft" in told["deliveries"][0]["text"]
    assert {mail["kind"] for mail in told["deliveries_that_name_me"]} == {"mentorship-agreed"}
    assert "a-secret-link" not in str(told)
    assert str(KIM) not in str(told)


async def test_thousands_of_mails_are_told_in_parts_of_bounded_size(start: StartService) -> None:
    async with start() as service:
        await receive(service, PROFILE, [build.profile(KIM)])
        await service.pool.execute(
            "INSERT INTO delivery (delivery, kind, member, facts, correlation_id, state, deadline, subject, text, html)"
            " SELECT gen_random_uuid(), 'registered', $1, '{}', '', 'sent', now(), 'No. ' || n,"
            " repeat('\"\"', 100 * (n % 20)), '<p class=\"x\">' FROM generate_series(1, 2000) AS n",
            KIM,
        )

        told = await disclose(service, DISCLOSING, NOTIFICATIONS_DISCLOSURE, KIM)

        sizes = await service.pool.fetch(
            "SELECT octet_length(payload) AS size FROM outbox WHERE topic = $1", NOTIFICATIONS_DISCLOSURE.name
        )
    assert [mail["subject"] for mail in told["deliveries"]] == [f"No. {n}" for n in range(1, 2001)]
    assert len(sizes) > 10
    assert max(row["size"] for row in sizes) < 900_000


async def test_who_is_erased_hears_nothing(start: StartService) -> None:
    """Also one of whom nothing else went out from here."""
    async with start() as service:
        await receive(service, PROFILE, [build.profile(KIM, organisations=())])
        await receive_request(service, "notifications", KIM)
        await DISCLOSING.step(service.pool)
        merge_parts(await read_parts(service.pool, NOTIFICATIONS_DISCLOSURE))
        await receive_request(service, "notifications", KIM)

        await receive(service, ERASURE, [build.erasure(KIM)])

        assert await DISCLOSING.step(service.pool) == 0
        assert await read_parts(service.pool, NOTIFICATIONS_DISCLOSURE) == []
