"""What is wrong on the platform is found, each kind by its name, and nothing where nothing is wrong."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from deploy.local.maildir import Mail
from tests.faults.platform.asked import Asked
from tests.faults.platform.checks import check_platform
from tests.faults.platform.findings import Delivery, PlatformFindings

ANNA, BORIS, CLARA, GONE, ADVISER = (UUID(int=n) for n in range(1, 6))
TAKES_PLACE, CANCELLED = UUID(int=11), UUID(int=12)
SEATED, WAITING, OFF, BACK = (UUID(int=n) for n in range(21, 25))
REQUEST = UUID(int=31)

ASKED = Asked(
    issued={f"{n}@example.org" for n in range(1, 6)},
    members={UUID(int=n): f"{n}@example.org" for n in range(1, 6)},
    erased={GONE},
    offers={TAKES_PLACE: 3, CANCELLED: 3},
    cancelled={CANCELLED},
    registrations={
        SEATED: (TAKES_PLACE, ANNA),
        WAITING: (TAKES_PLACE, BORIS),
        OFF: (CANCELLED, ANNA),
        BACK: (CANCELLED, CLARA),
    },
    withdrawn={BACK},
    mentorships={REQUEST: (CLARA, ADVISER, "agreed")},
)
NEWS = (
    ("registered", ANNA, None, TAKES_PLACE),
    ("waitlisted", BORIS, None, TAKES_PLACE),
    ("registered", ANNA, None, CANCELLED),
    ("offer-cancelled", ANNA, None, CANCELLED),
    ("withdrawn", CLARA, None, CANCELLED),
    ("adviser-asked", ADVISER, None, None),
    ("mentorship-agreed", ADVISER, CLARA, None),
    ("mentorship-agreed", CLARA, ADVISER, None),
)
DELIVERIES = [Delivery(UUID(int=100 + n), *news, "sent") for n, news in enumerate(NEWS)]


def mail_of(delivery: Delivery, number: int) -> Mail:
    """The mail that brought it."""
    return Mail(
        f"{number:04}", "", ("someone@example.org",), delivery.kind, "", f"<{delivery.delivery}@example.org>"
    )


WHOLE = PlatformFindings(
    members={UUID(int=n): f"{n}@example.org" for n in (1, 2, 3, 5)},
    offers={TAKES_PLACE: ("published", 1), CANCELLED: ("cancelled", 1)},
    registrations={
        SEATED: (TAKES_PLACE, ANNA, "registered", False),
        WAITING: (TAKES_PLACE, BORIS, "waitlisted", False),
        OFF: (CANCELLED, ANNA, "registered", False),
        BACK: (CANCELLED, CLARA, "withdrawn", False),
    },
    requests={REQUEST: ("agreed", ADVISER)},
    replicas={"members in events": (frozenset({(ANNA,)}), frozenset({(ANNA,)}))},
    deliveries=DELIVERIES,
    mails=[mail_of(delivery, n) for n, delivery in enumerate(DELIVERIES)],
)


def nonzero_counts(found: PlatformFindings) -> dict[str, int]:
    """The counts that aren't zero."""
    return {name: count for name, count in check_platform(ASKED, found, ()).counts.items() if count}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert check_platform(ASKED, WHOLE, ()).is_clean


def without_news(kind: str) -> PlatformFindings:
    """As if nobody had been told so."""
    kept = [delivery for delivery in DELIVERIES if delivery.kind != kind]
    return replace(WHOLE, deliveries=kept, mails=[mail_of(delivery, n) for n, delivery in enumerate(kept)])


@pytest.mark.parametrize(
    "kind", ["registered", "waitlisted", "offer-cancelled", "withdrawn", "mentorship-agreed"]
)
def test_news_that_nobody_got_is_lost(kind: str) -> None:
    assert set(nonzero_counts(without_news(kind))) == {"lost"}


LOST: dict[str, Callable[[PlatformFindings], PlatformFindings]] = {
    "a member": lambda found: replace(found, members={}),
    "an erasure": lambda found: replace(found, members={**found.members, GONE: "4@example.org"}),
    "an offer": lambda found: replace(found, offers={CANCELLED: ("cancelled", 1), TAKES_PLACE: ("draft", 1)}),
    "a withdrawal": lambda found: replace(
        found,
        registrations={**found.registrations, BACK: (CANCELLED, CLARA, "waitlisted", False)},
        deliveries=[*DELIVERIES, Delivery(UUID(int=300), "offer-cancelled", CLARA, None, CANCELLED, "sent")],
        mails=[*found.mails, mail_of(Delivery(UUID(int=300), "", None, None, None, ""), 300)],
    ),
    "an agreement": lambda found: replace(found, requests={REQUEST: ("accepted", ADVISER)}),
    "a row of a replica": lambda found: replace(found, replicas={"one": (frozenset({(1,)}), frozenset())}),
    "a mail": lambda found: replace(found, mails=found.mails[1:]),
    "a delivery": lambda found: replace(
        found, deliveries=[*DELIVERIES, DELIVERIES[4]._replace(delivery=UUID(int=300), state="failed")]
    ),
}


@pytest.mark.parametrize("what", LOST)
def test_what_was_answered_and_is_not_there_is_lost(what: str) -> None:
    assert nonzero_counts(LOST[what](WHOLE)) == {"lost": 1 if what != "a member" else 4}


def test_what_nobody_asked_for_is_a_phantom() -> None:
    unasked = {**WHOLE.registrations, UUID(int=400): (TAKES_PLACE, CLARA, "withdrawn", False)}
    deliveries = [*DELIVERIES, Delivery(UUID(int=401), "withdrawn", CLARA, None, TAKES_PLACE, "sent")]
    mails = [mail_of(delivery, n) for n, delivery in enumerate(deliveries)]
    assert nonzero_counts(replace(WHOLE, registrations=unasked, deliveries=deliveries, mails=mails)) == {
        "phantom writes": 1
    }
    unknown = mail_of(Delivery(UUID(int=402), "", None, None, None, ""), 402)
    assert nonzero_counts(replace(WHOLE, mails=[*WHOLE.mails, unknown])) == {"phantom writes": 1}


def test_news_that_goes_out_twice_and_seats_that_are_counted_wrong_are_duplicates() -> None:
    twice = DELIVERIES[0]._replace(delivery=UUID(int=300))
    assert nonzero_counts(
        replace(WHOLE, deliveries=[*DELIVERIES, twice], mails=[*WHOLE.mails, mail_of(twice, 300)])
    ) == {"duplicate effects": 1}
    assert nonzero_counts(replace(WHOLE, offers={**WHOLE.offers, TAKES_PLACE: ("published", 2)})) == {
        "duplicate effects": 1
    }


def test_a_confirmation_that_comes_after_the_cancellation_is_a_reordering() -> None:
    late = [DELIVERIES[3], *DELIVERIES[:3], *DELIVERIES[4:]]
    mails = [mail_of(delivery, n) for n, delivery in enumerate(late)]
    assert nonzero_counts(replace(WHOLE, mails=mails)) == {"reorderings": 1}
    repeated = [*WHOLE.mails, mail_of(DELIVERIES[2], 500)]
    assert not nonzero_counts(replace(WHOLE, mails=repeated)), "a mail that is sent again is no reordering"
