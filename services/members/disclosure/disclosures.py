"""Disclosures: asked for by a member, gathered part by part from all services, and removed when they expire."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from structlog.contextvars import get_contextvars

from services.members.accounts import mails
from services.members.disclosure import rules
from shared.contracts import catalogue
from shared.contracts.members import AddressMailKind, AddressMailText, Disclosure, DisclosurePart
from shared.contracts.refusals import NotFound, TooMany
from shared.messaging import outbox
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime.disclosure import disclosing

OTHERS = tuple(topic.owner for topic in catalogue.DISCLOSURES)
SERVICES = ("members", *OTHERS)
PAGE = 50

_COMPLETE = """
UPDATE disclosure_answer a SET complete_at = now()
WHERE service = $1 AND member = ANY($2) AND complete_at IS NULL AND parts = (
    SELECT count(*) FROM disclosure_part p WHERE p.member = a.member AND p.service = a.service)"""
_READY = """
UPDATE disclosure d SET ready_at = now(), expires_at = now() + $2::interval
WHERE member = ANY($1) AND ready_at IS NULL
  AND NOT EXISTS (SELECT FROM disclosure_answer a WHERE a.member = d.member AND complete_at IS NULL)
RETURNING member, page"""
_FIND_LATE = """
SELECT member, array_agg(service) AS services FROM (
    SELECT member, service FROM disclosure_answer WHERE complete_at IS NULL AND asked_at < now() - $1::interval
    ORDER BY asked_at LIMIT $2) AS late
GROUP BY member ORDER BY member"""


class Answer(NamedTuple):
    """Whether a service has told all, and how many parts it has told so far."""

    service: str
    is_complete: bool
    parts: int


class OwnDisclosure(NamedTuple):
    """How far a member's disclosure is; `next_at` is when one may ask again, None while it is gathered."""

    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime
    next_at: datetime | None
    answers: Sequence[Answer]

    def can_ask_anew(self, now: datetime) -> bool:
        """Whether all may be gathered anew."""
        return self.next_at is not None and self.next_at <= now

    @property
    def complete(self) -> int:
        """How many services have told all."""
        return sum(answer.is_complete for answer in self.answers)


async def ask_services(tx: Tx, member: UUID, page: str) -> None:
    """Have all services tell what they hold about the member, who sees it on this page. While they do, a repeat
    changes nothing. Raises `NotFound` for who is no member any more, `TooMany` within a day of what is ready."""
    if not await tx.fetchval("SELECT true FROM member WHERE member = $1 FOR KEY SHARE", member):
        raise NotFound("member-unknown", "No member has this id.")
    row = await tx.fetchrow("SELECT * FROM disclosure WHERE member = $1 FOR UPDATE", member)
    if row is not None:
        again_at = rules.find_next(row["asked_at"], row["ready_at"])
        if again_at is None:
            return
        if again_at > datetime.now(UTC):
            raise TooMany("disclosed-today", "Your data was gathered less than a day ago.")
        await tx.execute("DELETE FROM disclosure WHERE member = $1", member)
    await _begin(tx, member, page)


async def read_own(tx: Tx, member: UUID) -> OwnDisclosure | None:
    """How far the member's disclosure is, if there is one."""
    row = await tx.fetchrow("SELECT * FROM disclosure WHERE member = $1 AND expires_at > now()", member)
    if row is None:
        return None
    answers = await tx.fetch(
        """
        SELECT service, complete_at IS NOT NULL AS is_complete, (
            SELECT count(*) FROM disclosure_part p WHERE p.member = a.member AND p.service = a.service) AS parts
        FROM disclosure_answer a WHERE member = $1""",
        member,
    )
    return OwnDisclosure(
        asked_at=row["asked_at"],
        ready_at=row["ready_at"],
        expires_at=row["expires_at"],
        next_at=rules.find_next(row["asked_at"], row["ready_at"]),
        answers=sorted((Answer(*each) for each in answers), key=lambda each: SERVICES.index(each.service)),
    )


async def read_part(tx: Tx, member: UUID, service: str, number: int) -> str | None:
    """One part of what is ready, as JSON; None if there is none of this number."""
    content: str | None = await tx.fetchval(
        """
        SELECT content FROM disclosure JOIN disclosure_part USING (member)
        WHERE member = $1 AND service = $2 AND part = $3 AND ready_at IS NOT NULL AND expires_at > now()""",
        member,
        service,
        number,
    )
    return content


async def take_parts(tx: Tx, messages: Sequence[Message[DisclosurePart]], service: str) -> None:
    """Keep these parts, those that answer the last question; what nobody waits for is dropped."""
    await store_parts(tx, [message.data for message in messages if message.data is not None], service)


async def store_own_part(tx: Tx, part: DisclosurePart) -> None:
    """Keep a part of what members itself holds."""
    await store_parts(tx, [part], "members")


async def store_parts(tx: Tx, parts: Sequence[DisclosurePart], service: str) -> None:
    """Keep these parts. Whoever's last part it is that was waited for gets a mail."""
    members = sorted({part.member for part in parts})
    await tx.execute("SELECT FROM disclosure WHERE member = ANY($1) ORDER BY member FOR UPDATE", members)
    rows = await tx.fetch(
        "SELECT member, asked_at FROM disclosure_answer"
        " WHERE service = $1 AND member = ANY($2) AND complete_at IS NULL",
        service,
        members,
    )
    awaited = {row["member"]: row["asked_at"] for row in rows}
    kept = [part for part in parts if awaited.get(part.member) == part.asked_at]
    if kept:
        await _insert_parts(tx, kept, service)
        await _complete(tx, [part.member for part in kept], service)


async def ask_again(tx: Tx) -> Sequence[str]:
    """Ask services anew that haven't told all for an hour, a page of them; returns each of them, by its name."""
    late = await tx.fetch(_FIND_LATE, rules.PATIENCE, PAGE)
    for row in late:
        await _ask(tx, row["member"], row["services"])
        await tx.execute("SELECT FROM disclosure WHERE member = $1 FOR UPDATE", row["member"])
        await tx.execute(
            "DELETE FROM disclosure_part p USING disclosure_answer a"
            " WHERE a.member = $1 AND a.service = ANY($2) AND complete_at IS NULL"
            " AND p.member = a.member AND p.service = a.service",
            row["member"],
            row["services"],
        )
        await tx.execute(
            "UPDATE disclosure_answer SET asked_at = now(), parts = NULL"
            " WHERE member = $1 AND service = ANY($2) AND complete_at IS NULL",
            row["member"],
            row["services"],
        )
    return [service for row in late for service in row["services"]]


async def remove_expired(tx: Tx) -> int:
    """Remove a page of what is expired; returns of how many members."""
    done: str = await tx.execute(
        "DELETE FROM disclosure WHERE member IN ("
        " SELECT member FROM disclosure WHERE expires_at <= now() ORDER BY expires_at LIMIT 10 FOR UPDATE)"
    )
    return int(done.split()[-1])


async def _begin(tx: Tx, member: UUID, page: str) -> None:
    begun = await tx.fetchval(
        "INSERT INTO disclosure (member, expires_at, page) VALUES ($1, now() + $2::interval, $3)"
        " ON CONFLICT DO NOTHING RETURNING true",
        member,
        rules.LASTS,
        page,
    )
    # Somebody who presses the button twice asks once.
    if begun:
        await tx.execute(
            "INSERT INTO disclosure_answer (member, service) SELECT $1, unnest($2::text[])", member, SERVICES
        )
        await _ask(tx, member, SERVICES)


async def _ask(tx: Tx, member: UUID, services: Sequence[str]) -> None:
    moment: datetime = await tx.fetchval("SELECT now()")
    others = tuple(service for service in OTHERS if service in services)
    asked = Disclosure(member=member, asked_at=moment, services=others)
    if "members" in services:
        await disclosing.note_request(tx, asked, get_contextvars().get("correlation_id", ""))
    if others:
        await outbox.put_one(tx, catalogue.DISCLOSURE, str(member), "DisclosureAsked", 1, asked)


async def _insert_parts(tx: Tx, parts: Sequence[DisclosurePart], service: str) -> None:
    await tx.execute(
        "INSERT INTO disclosure_part (member, service, part, content)"
        " SELECT member, $1, part, content FROM unnest($2::uuid[], $3::int[], $4::text[]) AS p(member, part, content)"
        " ON CONFLICT DO NOTHING",
        service,
        [part.member for part in parts],
        [part.part for part in parts],
        [part.content for part in parts],
    )
    await tx.executemany(
        "UPDATE disclosure_answer SET parts = $3 WHERE member = $1 AND service = $2",
        [(part.member, service, part.part) for part in parts if part.last],
    )


async def _complete(tx: Tx, members: Sequence[UUID], service: str) -> None:
    await tx.execute(_COMPLETE, service, members)
    for row in await tx.fetch(_READY, members, rules.LASTS):
        to = await tx.fetchrow("SELECT email, language FROM member WHERE member = $1", row["member"])
        if to is not None:
            await mails.put_mail(
                tx,
                AddressMailKind.SIGN_IN,
                to["email"],
                row["page"],
                datetime.now(UTC) + rules.PAUSE,
                language=to["language"],
                member=row["member"],
                text=AddressMailText.DISCLOSURE,
            )
