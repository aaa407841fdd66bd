"""Judges what the platform has done: what was asked and answered, against the rows, replicas, deliveries and mails."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from tests.faults.checker import Verdict
from tests.faults.platform.asked import Asked
from tests.faults.platform.findings import Delivery, PlatformFindings
from tests.faults.platform.stories import SEATS

CONFIRMATIONS = ("registered", "waitlisted", "moved-up")
CANCELLED = "offer-cancelled"


def check_platform(asked: Asked, found: PlatformFindings, stuck: Sequence[str]) -> Verdict:
    """Five lists that must be empty."""
    return Verdict(
        lost=[
            *_find_lost_rows(asked, found),
            *_find_differing_replicas(found),
            *_find_lost_news(asked, found),
            *_find_lost_mails(found),
        ],
        phantom_writes=list(_find_phantom_writes(asked, found)),
        duplicates=list(_find_duplicates(found)),
        reorderings=list(_find_late_confirmations(found)),
        stuck=stuck,
        repeated=len(found.mails) - len({mail.message_id for mail in found.mails}),
    )


def _find_lost_rows(asked: Asked, found: PlatformFindings) -> Iterator[str]:
    for member, email in asked.members.items():
        if found.members.get(member) != (None if member in asked.erased else email):
            yield f"member {member} is {'there' if member in asked.erased else 'not there'}"
    for offer in asked.offers:
        expected = "cancelled" if offer in asked.cancelled else "published"
        if (state := found.offers.get(offer, ("missing", 0))[0]) != expected:
            yield f"offer {offer} is {state}, not {expected}"
    for registration, (_, member) in asked.registrations.items():
        state = found.registrations[registration][2] if registration in found.registrations else "missing"
        if member in asked.erased:
            continue
        if (state == "withdrawn") != (registration in asked.withdrawn) or state == "missing":
            yield f"registration {registration} is {state}"
    for request, (_, adviser, state) in asked.mentorships.items():
        expected_adviser = adviser if state == "agreed" else None
        if found.requests.get(request) != (state, expected_adviser):
            yield f"request {request} is {found.requests.get(request)}, not {state}"


def _find_differing_replicas(found: PlatformFindings) -> Iterator[str]:
    for name, (owner, replica) in found.replicas.items():
        if owner != replica:
            example = next(iter(owner ^ replica))
            yield f"{name}: {len(owner - replica)} missing, {len(replica - owner)} too many, e.g. {example}"


def _find_lost_news(asked: Asked, found: PlatformFindings) -> Iterator[str]:
    heard: defaultdict[tuple[UUID | None, UUID | None], set[str]] = defaultdict(set)
    unsent: defaultdict[tuple[UUID | None, UUID | None], list[str]] = defaultdict(list)
    for delivery in found.deliveries:
        if delivery.state == "sent":
            heard[delivery.member, delivery.offer].add(delivery.kind)
        else:
            unsent[delivery.member, delivery.offer].append(
                f"{delivery.kind} is {delivery.state}: {delivery.reason}"
            )
    for offer, member, state, moved_up in found.registrations.values():
        for kind in _expect_registration_news(state, moved_up, offer in asked.cancelled):
            if kind not in heard[member, offer]:
                rest = "; ".join(unsent[member, offer])
                yield f"{member} never heard of {kind} of offer {offer}, which is {state}; {rest}"
    for request, (requester, adviser, state) in asked.mentorships.items():
        if "adviser-asked" not in heard[adviser, None]:
            yield f"the adviser of request {request} was never asked"
        for member in (requester, adviser) if state == "agreed" else ():
            if "mentorship-agreed" not in heard[member, None]:
                yield f"{member} never heard that request {request} is agreed"


def _expect_registration_news(state: str, moved_up: bool, cancelled: bool) -> Iterator[str]:
    """A confirmation that is overtaken by the cancellation needn't come any more."""
    if state == "withdrawn":
        yield "withdrawn"
    elif cancelled:
        yield CANCELLED
    elif moved_up:
        yield "moved-up"
    else:
        yield state


def _find_lost_mails(found: PlatformFindings) -> Iterator[str]:
    came = {mail.message_id.strip("<>").partition("@")[0] for mail in found.mails}
    for delivery in found.deliveries:
        if delivery.state == "sent" and str(delivery.delivery) not in came:
            yield f"{delivery.kind} is noted as sent, and never came: {delivery.delivery}"
        if delivery.state in ("failed", "undeliverable") and delivery.kind not in CONFIRMATIONS:
            yield f"{delivery.kind} is {delivery.state}: {delivery.delivery}"


def _find_phantom_writes(asked: Asked, found: PlatformFindings) -> Iterator[str]:
    yield from (
        f"{email} was never asked for" for email in found.members.values() if email not in asked.issued
    )
    wanted = set(asked.registrations.values())
    for registration, (offer, member, *_) in found.registrations.items():
        if (offer, member) not in wanted:
            yield f"registration {registration} was never asked for"
    known = {str(delivery.delivery) for delivery in found.deliveries}
    erased = {asked.members[member] for member in asked.erased}
    for mail in found.mails:
        if mail.message_id.strip("<>").partition("@")[0] not in known and not erased & set(mail.recipients):
            yield f"nothing is known of a mail: {mail.subject}"


def _find_duplicates(found: PlatformFindings) -> Iterator[str]:
    news = Counter((d.kind, d.member, d.other, d.offer) for d in found.deliveries if d.state == "sent")
    yield from (f"{kind} went {n} times to {member}" for (kind, member, *_), n in news.items() if n > 1)
    seated = Counter(offer for offer, _, state, _ in found.registrations.values() if state == "registered")
    for offer, (_, registered) in found.offers.items():
        if not seated[offer] == registered <= SEATS:
            yield f"offer {offer} counts {registered} seats, {seated[offer]} are taken of {SEATS}"


def _find_late_confirmations(found: PlatformFindings) -> Iterator[str]:
    """Confirmations that came for the first time after the same person had heard of the cancellation."""
    first: dict[str, int] = {}
    for number, mail in enumerate(found.mails):
        first.setdefault(mail.message_id.strip("<>").partition("@")[0], number)
    cancelled = {(d.member, d.offer): _when(first, d) for d in found.deliveries if d.kind == CANCELLED}
    for delivery in found.deliveries:
        about = delivery.member, delivery.offer
        if (
            delivery.kind in CONFIRMATIONS
            and about in cancelled
            and _when(first, delivery) > cancelled[about] >= 0
        ):
            yield f"{delivery.kind} came after the cancellation: {delivery.delivery}"


def _when(first: dict[str, int], delivery: Delivery) -> int:
    return first.get(str(delivery.delivery), -1)
