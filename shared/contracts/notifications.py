"""What the notifications service publishes: finished notifications, for each partner organisation."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.model import N_, Contract, Language, Slug


class Notification(Contract):
    """`notifications.outbound.<organisation>.v1` (personal, 7 days): one finished text for one recipient."""

    notification: UUID = Field(description=N_("stable: a repeat has the same one"))
    organisation: Slug = Field(description=N_("whose topic it is"))
    recipient: UUID = Field(
        description=N_("the member's id for this organisation only, and the record's key")
    )
    kind: Slug = Field(description=N_("what it is about; more kinds may come"))
    language: Language = Field(description=N_("the recipient's language, in which it is written"))
    subject: str = Field(description=N_("one line"))
    text: str = Field(description=N_("plain text, ready to be shown"))
    at: datetime = Field(description=N_("when it was written"))
    expires_at: AwareDatetime | None = Field(
        None, description=N_("when nobody needs it any more: don't show it then; null: never")
    )
