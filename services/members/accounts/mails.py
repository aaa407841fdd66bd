"""Mails to addresses, which needn't be members': notifications sends them at once, and keeps none."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.contracts import catalogue
from shared.contracts.members import AddressMail, AddressMailKind
from shared.messaging import outbox
from shared.postgres.pool import Tx


async def put_mail(
    tx: Tx,
    kind: AddressMailKind,
    address: str,
    link: str,
    valid_until: datetime,
    *,
    language: str,
    organisation: str = "",
    member: UUID | None = None,
    text: str = "",
) -> None:
    """Have this mail sent, once the transaction commits; `text` is an `AddressMailText` where it isn't the kind's."""
    mail = AddressMail(
        mail=uuid7(),
        kind=kind,
        address=address,
        language=language,
        link=link,
        valid_until=valid_until,
        organisation=organisation,
        member=member,
        text=text,
    )
    await outbox.put_one(tx, catalogue.ADDRESS_MAIL, str(mail.mail), "MailAsked", 1, mail)
