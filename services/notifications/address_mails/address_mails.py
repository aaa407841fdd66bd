"""The mails that wait: taken from their topic, claimed for a while, and removed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from shared.contracts.members import AddressMail
from shared.messaging.message import Message
from shared.postgres.pool import Tx

BATCH = 20

_TAKE = """
INSERT INTO address_mail (mail, data, member, correlation_id, valid_until)
SELECT mail, data::jsonb, member, correlation_id, valid_until
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[])
    AS m(mail, data, member, correlation_id, valid_until)
WHERE valid_until > now() AND NOT EXISTS (SELECT FROM erased e WHERE e.member = m.member)
ON CONFLICT DO NOTHING"""
# Another connection, or this one after a failure, tries again when the claim has ended.
_CLAIM = f"""
UPDATE address_mail SET due_at = now() + $1::interval WHERE mail IN (
    SELECT mail FROM address_mail WHERE due_at <= now() AND valid_until > now()
    ORDER BY due_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED)
RETURNING data, correlation_id"""


class WaitingMail(NamedTuple):
    """A mail to be sent now."""

    mail: AddressMail
    correlation_id: str | None


async def take_mails(tx: Tx, messages: Sequence[Message[AddressMail]]) -> None:
    """Have these mails sent, but those that a restore brings back: who asked has gone on long ago."""
    asked = [m for m in messages if m.data is not None and not m.restored]
    mails = [m.data for m in asked if m.data is not None]
    await tx.execute(
        _TAKE,
        [mail.mail for mail in mails],
        [mail.model_dump_json() for mail in mails],
        [mail.member for mail in mails],
        [m.correlation_id for m in asked],
        [mail.valid_until for mail in mails],
    )


async def claim_mails(tx: Tx, lasts: timedelta) -> list[WaitingMail]:
    """The next ones that are due; for this time nobody else gets them."""
    rows = await tx.fetch(_CLAIM, lasts)
    return [WaitingMail(AddressMail.model_validate(row["data"]), row["correlation_id"]) for row in rows]


async def forget_mail(tx: Tx, mail: UUID) -> None:
    """Remove what was sent, or can't be."""
    await tx.execute("DELETE FROM address_mail WHERE mail = $1", mail)


async def forget_invalid(tx: Tx) -> int:
    """Remove what isn't valid any more; how many."""
    done: str = await tx.execute("DELETE FROM address_mail WHERE valid_until <= now()")
    return int(done.split()[-1])


async def erase_mails(tx: Tx, members: Sequence[UUID]) -> None:
    """Remove what waits for these members."""
    await tx.execute("DELETE FROM address_mail WHERE member = ANY($1)", members)
