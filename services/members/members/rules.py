"""Pure decisions about members: what makes two affiliations one, which years they can be of, and by what
others know a member, or an address of whoever was erased."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from uuid import UUID

EARLIEST_COHORT = 1950
EARLIEST_COMPLETION = 1900
# Whoever is funded until a day is told of now; no programme runs longer.
YEARS_AHEAD = 10

PublicForm: TypeAlias = tuple[tuple[str, str | None], ...]


class AffiliationKey(NamedTuple):
    """What makes one affiliation the same as another."""

    organisation: str
    programme: str | None
    role: str


def is_cohort(year: int, this_year: int) -> bool:
    """Whether a programme can have begun in this year for someone who is an alumna or an alumnus already."""
    return EARLIEST_COHORT <= year <= this_year


def is_completion(day: date, this_year: int) -> bool:
    """Whether a programme can have been completed on this day, or be meant to be."""
    return EARLIEST_COMPLETION <= day.year <= latest_completion(this_year)


def latest_completion(this_year: int) -> int:
    """The last year in which a programme can be completed of which somebody tells now."""
    return this_year + YEARS_AHEAD


def audience_secret(secret: bytes, audience: str) -> bytes:
    """The secret of one audience."""
    return hmac.digest(secret, audience.encode(), "sha256")


def address_hash(secret: bytes, email_key: str) -> str:
    """By what the address of somebody who was erased is known again. Without the secret nobody finds out whose it was,
    as hashes of guessed addresses aren't alike."""
    return hmac.digest(secret, email_key.encode(), "sha256").hex()


def audience_id(audience_secret: bytes, member: UUID) -> UUID:
    """A member's id for one audience. Without the secrets the ids of two audiences can't be joined."""
    return UUID(bytes=hmac.digest(audience_secret, member.bytes, "sha256")[:16], version=4)


class View(NamedTuple):
    """What one organisation can tell of a member whom a release is about: whether the world had heard of them, and of
    which of its own programmes they were before and are now."""

    organisation: str
    known: bool
    before: frozenset[str | None]
    now: frozenset[str | None]


class DueMember(NamedTuple):
    """A member of whom the world is due to hear anew; `version` is the profile's."""

    member: UUID
    version: int
    views: tuple[View, ...]


@lru_cache(maxsize=10_000)
def find_views(before: PublicForm | None, now: PublicForm) -> tuple[View, ...]:
    """How each organisation that is in a member's public form, or was, sees the change. None: there was no form.

    What didn't change is seen by nobody.
    """
    if before is not None and set(before) == set(now):
        return ()

    def programmes(organisation: str, form: PublicForm) -> frozenset[str | None]:
        return frozenset(programme for each, programme in form if each == organisation)

    return tuple(
        View(each, before is not None, programmes(each, before or ()), programmes(each, now))
        for each in dict.fromkeys(organisation for organisation, _ in (*(before or ()), *now))
    )


def choose_release(due: Sequence[DueMember], minimum: int) -> dict[UUID, int]:
    """As many as can be released so that every view of each of them is that of at least `minimum`, them included;
    member → version of the profile, in their order."""
    alike = Counter(view for each in due for view in each.views)
    seen_so: dict[View, list[DueMember]] = defaultdict(list)
    for each in due:
        for view in each.views:
            seen_so[view].append(each)
    chosen = {each.member: each.version for each in due}
    rare = [view for view, number in alike.items() if number < minimum]
    while rare:
        for each in seen_so[rare.pop()]:
            if chosen.pop(each.member, None) is not None:
                alike.subtract(each.views)
                rare += [view for view in each.views if alike[view] == minimum - 1]
    return chosen
