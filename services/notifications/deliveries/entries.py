"""The delivery log as its readers see it: entries without texts, and the text of one."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.notifications.deliveries.kinds import Kind
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


_COLUMNS = ", ".join(DeliveryEntry.model_fields)


async def list_deliveries(
    tx: Tx, kind: Kind | None, state: DeliveryState | None, member: UUID | None, paging: PageRequest
) -> Page[DeliveryEntry]:
    """Entries in the order in which they came."""
    [after] = paging.cursor_parts(int)
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}, place FROM delivery
        WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2)
          AND ($3::uuid IS NULL OR member = $3) AND ($4::bigint IS NULL OR place > $4)
        ORDER BY place LIMIT $5""",
        kind,
        state,
        member,
        after,
        paging.limit + 1,
    )
    return paging.build_page(
        [DeliveryEntry.model_validate(dict(row)) for row in rows], [[row["place"]] for row in rows]
    )


async def read_delivery(tx: Tx, delivery: UUID) -> DeliveryWithText:
    """One entry with its text. Raises `NotFound`."""
    row = await _read_row(tx, delivery, f"{_COLUMNS}, subject, text")
    return DeliveryWithText.model_validate(row)


async def read_preview(tx: Tx, delivery: UUID) -> str:
    """The HTML of the mail. Raises `NotFound`, also if there is no text yet, or none any more."""
    html: str | None = (await _read_row(tx, delivery, "html"))["html"]
    if html is None:
        raise NotFound("text-unknown", "This delivery has no text: not yet composed, or erased.")
    return html


async def _read_row(tx: Tx, delivery: UUID, columns: str) -> dict[str, Any]:
    row = await tx.fetchrow(f"SELECT {columns} FROM delivery WHERE delivery = $1", delivery)
    if row is None:
        raise NotFound("delivery-unknown", "No delivery has this id.")
    return dict(row)
