"""The members of an organisation by their names: looked for, filtered, page by page, all of it by an index."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from services.members.organisations.own import ListQuery
from shared.addresses import address_key
from shared.contracts.members import Role
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.commands import require_storable
from shared.runtime.paging import Page, PageRequest

Typed = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(require_storable)
]
_FIRST = ("", UUID(int=0))

# $1 is the organisation, $2 what is looked for, $3 and $4 where the page begins, $5 its length, then the filters.
_MORE = "(r.name_key, r.member) > ($3, $4::uuid)"
_BY_NAME = f"""
SELECT DISTINCT found.name_key, found.member
FROM unnest($2::text[]) AS typed(name) CROSS JOIN LATERAL (SELECT key_name('', typed.name) AS prefix) AS begins
CROSS JOIN LATERAL (
    SELECT DISTINCT r.name_key, r.member FROM roster r
    WHERE r.organisation = $1 AND r.name_key >= prefix AND r.name_key < prefix || chr(1114111) AND {_MORE}%s
    ORDER BY r.name_key, r.member LIMIT $5) AS found
ORDER BY 1, 2 LIMIT $5"""
_BY_REFERENCE = f"""
SELECT DISTINCT r.name_key, r.member FROM affiliation a JOIN roster r ON r.affiliation = a.id
WHERE a.organisation = $1 AND a.reference = $2 AND {_MORE}%s ORDER BY 1, 2 LIMIT $5"""
_BY_ADDRESS = f"""
SELECT DISTINCT r.name_key, r.member FROM affiliation a JOIN roster r ON r.affiliation = a.id
WHERE a.organisation = $1 AND {_MORE}%s AND a.member IN (
    SELECT member FROM member WHERE email_key = $2
    UNION ALL SELECT member FROM member_address WHERE address_key = $2)
ORDER BY 1, 2 LIMIT $5"""


class RosterQuery(ListQuery):
    """Who is looked for.

    `q` is the beginning of a family name, a given and a family name, a whole address, or the id in the organisation's
    own list.
    """

    q: Typed = ""
    programme: Slug | None = None
    cohort: int | None = None
    role: Role | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.q or self.programme or self.cohort or self.role)


@dataclass(frozen=True, slots=True)
class OwnAffiliation:
    """What a member is to the organisation."""

    programme: Slug | None
    role: Role
    cohort: int | None
    completed_on: date | None
    reference: str | None
    invited_at: datetime | None
    id: int


@dataclass(frozen=True, slots=True)
class RosterMember:
    """A member as the list shows them."""

    member: UUID
    given_name: str
    family_name: str
    residence: str | None
    affiliations: Sequence[OwnAffiliation]

    @property
    def called(self) -> str:
        """The name as it is sorted: the family name first."""
        return ", ".join(filter(None, (self.family_name, self.given_name)))


async def find_members(
    tx: Tx, organisation: Slug, query: RosterQuery, paging: PageRequest
) -> Page[RosterMember]:
    """The organisation's members who are looked for, by their names."""
    keys = await _find_keys(tx, organisation, query, paging)
    shown = [row["member"] for row in keys[: paging.limit]]
    known = await _load_members(tx, organisation, shown)
    found = [known[row["member"]] for row in keys[: paging.limit]]
    page = paging.build_page([row["member"] for row in keys], [list(row.values()) for row in keys])
    return Page(items=found, next=page.next)


async def list_affiliations(
    tx: Tx, organisation: Slug, members: Sequence[UUID]
) -> dict[UUID, list[OwnAffiliation]]:
    """What these members are to the organisation."""
    rows = await tx.fetch(
        """
        SELECT member, programme, role, cohort, completed_on, reference, invited_at, id FROM affiliation
        WHERE organisation = $1 AND member = ANY($2) ORDER BY id""",
        organisation,
        members,
    )
    held: dict[UUID, list[OwnAffiliation]] = defaultdict(list)
    for member, programme, role, *values in rows:
        held[member].append(OwnAffiliation(programme, Role(role), *values))
    return held


async def _find_keys(tx: Tx, organisation: Slug, query: RosterQuery, paging: PageRequest) -> Sequence[Any]:
    """Name and id of each, and of one more than the page holds."""
    begins = paging.cursor_parts(str, UUID) if paging.after else _FIRST
    chosen = {"programme": query.programme, "cohort": query.cohort, "role": query.role}
    filters = {name: value for name, value in chosen.items() if value is not None}
    where = "".join(f" AND r.{name} = ${number}" for number, name in enumerate(filters, start=6))

    async def fetch(statement: str, sought: object) -> Sequence[Any]:
        return await tx.fetch(
            statement % where, organisation, sought, *begins, paging.limit + 1, *filters.values()
        )

    if "@" in query.q:
        return await fetch(_BY_ADDRESS, _key_address(query.q))
    return await fetch(_BY_NAME, _turn_name(query.q)) or await fetch(_BY_REFERENCE, query.q)


def _key_address(typed: str) -> str:
    try:
        return address_key(typed)
    except ValueError:
        return ""


def _turn_name(typed: str) -> list[str]:
    """The name as it was typed, and with its last word first: that may be the family name."""
    *first, last = typed.replace(",", " ").split() or [""]
    return list(dict.fromkeys((" ".join([*first, last]), " ".join([last, *first]))))


async def _load_members(tx: Tx, organisation: Slug, members: Sequence[UUID]) -> dict[UUID, RosterMember]:
    held = await list_affiliations(tx, organisation, members)
    rows = await tx.fetch(
        "SELECT member, given_name, family_name, residence FROM member WHERE member = ANY($1)", members
    )
    return {
        member: RosterMember(member, given_name, family_name, residence, held[member])
        for member, given_name, family_name, residence in rows
    }
