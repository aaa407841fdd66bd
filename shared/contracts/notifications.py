"""What the notifications service publishes: finished notifications, for each partner organisation."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.model import Contract, Language, Slug


class Notification(Contract):
    """`notifications.outbound.<organisation>.v1` (personal, 7 days): one finished text for one recipient."""

    notification: UUID = Field(description="stable: a repeat has the same one")
    organisation: Slug
    recipient: UUID = Field(description="the member's id for this organisation only")
    kind: Slug
    language: Language
    subject: str
    text: str
    at: datetime
