"""People are notified, by mail and through their organisations' own systems."""

import mailbox
from collections import Counter
from typing import Any

from aiokafka import AIOKafkaConsumer

from deploy.local.journey.stage import Stage, StepFailed, require_all, wait_for
from shared.contracts.catalogue import outbound


async def people_are_notified(stage: Stage) -> str:
    """People are notified."""
    await require_sent(stage)
    sent = await _list_sent(stage)
    mails = _count_mails(stage)
    require_all((entry["delivery"] for entry in sent), mails, "notifications that the mail server has")
    return f"{len(mails)} notifications in {mails.total()} mails: a repeat after the kill has the same Message-ID"


async def require_sent(stage: Stage) -> None:
    """Waits until all is sent that the journey caused. Raises `StepFailed` with the kinds that aren't."""

    async def find_unsent() -> Unsent:
        sent = {(entry["kind"], entry["member"]) for entry in await _list_sent(stage)}
        return Unsent(kind for kind, _ in stage.told - sent)

    await wait_for(find_unsent, "every notification is sent")


async def partners_systems_read_notifications(stage: Stage) -> str:
    """Partners' systems read notifications."""
    counts = {partner: await _count_notifications(stage, partner) for partner in stage.context.partners}
    if not all(counts.values()):
        raise StepFailed(f"a partner's topic is empty: {counts}")
    return ", ".join(f"{count} for {partner}" for partner, count in counts.items())


class Unsent(Counter[str]):
    """Kinds of notifications that aren't all sent yet; true if there is none."""

    def __bool__(self) -> bool:
        return self.total() == 0


async def _list_sent(stage: Stage) -> list[Any]:
    return await stage.list_all("notifications", "/deliveries", await stage.persons.operate(), state="sent")


def _count_mails(stage: Stage) -> Counter[str]:
    """How often the mail server took each delivery's mail: its Message-ID begins with the delivery's id."""
    mails = mailbox.Maildir(stage.context.mailbox, create=False)
    return Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in mails)


async def _count_notifications(stage: Stage, partner: str) -> int:
    topic = outbound(partner).name
    consumer = AIOKafkaConsumer(topic, **stage.context.kafka.client_options, auto_offset_reset="earliest")
    found: set[bytes] = set()
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found |= {dict(record.headers)["ce_id"] for record in records}
    return len(found)
