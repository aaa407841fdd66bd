"""The delivery log as its readers see it: entries without texts, and the text of one."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.notifications.deliveries.kinds import Kind
from shared.access.principal import Principal
from shared.contracts.members import MandateRole
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class DeliveryState(StrEnum):
    """Where a delivery stands: waiting for data, due to be sent, held after a restore, or at one of four ends."""

    WAITING = "waiting"
    DUE = "due"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    UNDELIVERABLE = "undeliverable"
    SUPERSEDED = "superseded"


class DeliveryEntry(BaseModel):
    """One notification for one member (None once erased): where it stands, and why. No text, no address."""

    delivery: UUID
    kind: Kind
    state: DeliveryState
    member: UUID | None
    organisation: str | None
    offer: UUID | None
    language: str | None
    attempts: int
    reason: str | None
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None


class DeliveryWithText(DeliveryEntry):
    """An entry with what was sent, for the contact person. None before it is composed and after an erasure."""

    subject: str | None
    text: str | None


class DeliveryFilter(NamedTuple):
    """Which entries are wanted; None: any."""

    kind: Kind | None
    state: DeliveryState | None
    member: UUID | None


COLUMNS = ", ".join(DeliveryEntry.model_fields)
_WANTED = """
($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2)
AND ($3::uuid IS NULL OR member = $3) AND ($4::bigint IS NULL OR place > $4)"""
_ALL = f"SELECT {COLUMNS}, place FROM delivery WHERE {_WANTED} ORDER BY place LIMIT $5"
# One's own and those of each organisation are each read in their own index.
_THEIRS = f"""
SELECT DISTINCT {COLUMNS}, place FROM (
    (SELECT {COLUMNS}, place FROM delivery WHERE member = $6 AND {_WANTED} ORDER BY place LIMIT $5)
    UNION ALL
    SELECT theirs.* FROM unnest($7::text[]) AS coordinated CROSS JOIN LATERAL (
        SELECT {COLUMNS}, place FROM delivery
        WHERE organisation = coordinated AND {_WANTED} ORDER BY place LIMIT $5) AS theirs) AS found
ORDER BY place LIMIT $5"""


async def list_deliveries(
    tx: Tx, asker: Principal, wanted: DeliveryFilter, paging: PageRequest
) -> Page[DeliveryEntry]:
    """The entries that the asker may see, in the order in which they came."""
    [after] = paging.cursor_parts(int)
    coordinated = sorted(asker.organisations(MandateRole.COORDINATOR))
    rows = await tx.fetch(
        _ALL if asker.is_operator else _THEIRS,
        *wanted,
        after,
        paging.limit + 1,
        *([] if asker.is_operator else [asker.member, coordinated]),
    )
    return paging.build_page(
        [DeliveryEntry.model_validate(dict(row)) for row in rows], [[row["place"]] for row in rows]
    )


async def read_delivery(tx: Tx, asker: Principal, delivery: UUID) -> DeliveryWithText:
    """One entry with its text. Raises `NotFound`."""
    row = await _read_row(tx, asker, delivery, f"{COLUMNS}, subject, text")
    return DeliveryWithText.model_validate(row)


async def read_managed(tx: Tx, asker: Principal, delivery: UUID) -> DeliveryEntry:
    """One entry that the asker may send again: an operator any, others one in the name of an organisation of theirs.
    Raises `NotFound`."""
    row = await tx.fetchrow(f"SELECT {COLUMNS} FROM delivery WHERE delivery = $1", delivery)
    if row is None or not (asker.is_operator or asker.coordinates(row["organisation"])):
        raise _unknown_delivery()
    return DeliveryEntry.model_validate(dict(row))


async def read_preview(tx: Tx, asker: Principal, delivery: UUID) -> str:
    """The HTML of the mail. Raises `NotFound`, also if there is no text yet, or none any more."""
    html: str | None = (await _read_row(tx, asker, delivery, "member, organisation, html"))["html"]
    if html is None:
        raise NotFound("text-unknown", "This delivery has no text: not yet composed, or erased.")
    return html


async def _read_row(tx: Tx, asker: Principal, delivery: UUID, columns: str) -> dict[str, Any]:
    """Columns, the member and the organisation among them, of a delivery whose text is the asker's to read."""
    row = await tx.fetchrow(f"SELECT {columns} FROM delivery WHERE delivery = $1", delivery)
    if row is None or not _is_theirs(asker, row["member"], row["organisation"]):
        raise _unknown_delivery()
    return dict(row)


def _is_theirs(asker: Principal, member: UUID | None, organisation: str | None) -> bool:
    own = member is not None and member == asker.member
    return own or (organisation is not None and asker.coordinates(organisation))


def _unknown_delivery() -> NotFound:
    return NotFound("delivery-unknown", "No delivery has this id.")
