"""Erasure: a member's data leaves this service; what was sent stays in the log as a count, without texts."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.address_mails import address_mails
from services.notifications.deliveries import deliveries
from services.notifications.replicas import mentorships
from shared.contracts.catalogue import NOTIFICATIONS_DISCLOSURE, NOTIFICATIONS_ERASURE
from shared.contracts.members import Erasure
from shared.messaging import erasure
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime import audit
from shared.runtime.disclosure import disclosing

# Of an offer's change the page goes on behind the one who was told before.
_FORGET_TOLD = """
UPDATE offer_change c SET told_upto = (
    SELECT member FROM registration r WHERE r.offer = c.offer AND r.member < c.told_upto ORDER BY member DESC LIMIT 1)
WHERE told_upto = ANY($1)"""
# What isn't sent yet is undeliverable now. A text that names the member is removed from others' rows too.
_CLEAR = """
UPDATE delivery SET
    state = CASE WHEN state IN ('waiting', 'due', 'held') THEN 'undeliverable' ELSE state END,
    reason = CASE WHEN state IN ('waiting', 'due', 'held') THEN 'a person in it was erased' ELSE reason END,
    member = CASE WHEN member = ANY($1) THEN NULL ELSE member END,
    other = CASE WHEN other = ANY($1) THEN NULL ELSE other END,
    facts = '{}', subject = NULL, text = NULL, html = NULL, lease = NULL,
    envelope = NULL
WHERE member = ANY($1) OR other = ANY($1) RETURNING delivery::text"""


async def handle_erasures(tx: Tx, messages: Sequence[Message[Erasure]]) -> None:
    """Erase whom these orders name, and report it. An order that comes again is reported again."""
    await erase_members(tx, [UUID(message.key) for message in messages])
    await erasure.report_erasures(tx, NOTIFICATIONS_ERASURE, messages)


async def erase_members(tx: Tx, members: Sequence[UUID]) -> None:
    """Remove these members from every table; what arrives late about them changes nothing."""
    if not members:
        return
    await deliveries.hold_additions(tx)
    await tx.execute("INSERT INTO erased (member) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", members)
    recipients = await tx.fetch("DELETE FROM recipient WHERE member = ANY($1) RETURNING ids", members)
    await tx.execute("DELETE FROM registration WHERE member = ANY($1)", members)
    # Whoever is told of a cancellation is told once, so this may begin anew.
    await tx.execute("UPDATE cancellation SET told_upto = NULL WHERE told_upto = ANY($1)", members)
    await tx.execute(_FORGET_TOLD, members)
    await mentorships.forget_persons(tx, members)
    await audit.erase_persons(tx, members)
    await address_mails.erase_mails(tx, members)
    await disclosing.forget_members(tx, members, NOTIFICATIONS_DISCLOSURE)
    cleared = await tx.fetch(_CLEAR, members)
    ids = [id for row in recipients for id in row["ids"].values()]
    await erasure.erase_parked(tx, [str(member) for member in members])
    if named := [*ids, *(row["delivery"] for row in cleared)]:
        await erasure.erase_messages(tx, named)
