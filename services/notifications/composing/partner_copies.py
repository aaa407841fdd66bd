"""Partner organisations with systems of their own: which of them get a notification on their topic."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.notifications.composing.texts import ComposedText
from shared.contracts import catalogue
from shared.contracts.notifications import Notification
from shared.messaging.outbox import Outgoing


def build_copies(
    delivery: UUID,
    kind: str,
    text: ComposedText,
    at: datetime,
    *,
    expires_at: datetime | None,
    organisation: str | None,
    ids: Mapping[str, str],
    partners: Collection[str],
) -> Sequence[Outgoing]:
    """One message for each partner that the matter and the member belong to; never an address.

    `organisation` is the one whose matter it is; None: that of every organisation of the member. `ids` are the
    member's ids by organisation. `expires_at` is when nobody needs it any more; None: never.
    """
    concerned = [organisation] if organisation else sorted(ids)
    return [
        _build_copy(partner, delivery, UUID(ids[partner]), kind, text, at, expires_at)
        for partner in concerned
        if partner in partners and partner in ids
    ]


def _build_copy(
    partner: str,
    delivery: UUID,
    recipient: UUID,
    kind: str,
    text: ComposedText,
    at: datetime,
    expires_at: datetime | None,
) -> Outgoing:
    finished = Notification(
        notification=delivery,
        organisation=partner,
        recipient=recipient,
        kind=kind,
        language=text.language,
        subject=text.subject,
        text=text.body,
        at=at,
        expires_at=expires_at,
    )
    return Outgoing(catalogue.outbound(partner), str(recipient), "NotificationReady", 1, finished)
