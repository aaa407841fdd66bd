"""People are notified, by mail and through their organisations' own systems."""

import mailbox
from collections import Counter

from aiokafka import AIOKafkaConsumer

from deploy.local.journey import registering
from deploy.local.journey.stage import Stage, StepFailed, require_equal, wait_for
from shared.contracts.catalogue import outbound

OPEN = ("waiting", "due")


async def people_are_notified(stage: Stage) -> str:
    """People are notified."""
    await wait_for(lambda: _find_unsent(stage), "every notification is sent")
    statistics = (await stage.read_statistics("notifications"))["deliveries"]
    for kind, expected in (await _expected_counts(stage)).items():
        require_equal(expected, statistics[kind]["sent"], f"notifications of kind {kind}")
    sent = sum(states.get("sent", 0) for states in statistics.values())
    ids = _message_ids(stage)
    require_equal(sent, len(ids), "different Message-IDs that the mail server has")
    stage.links["deliveries"] = f"{stage.context.urls['notifications']}/deliveries"
    return f"{sent} mails, each once; {sum(ids.values()) - len(ids)} repeats after the kill dropped"


async def partners_systems_read_notifications(stage: Stage) -> str:
    """Partners' systems read notifications."""
    counts = {partner: await _count_notifications(stage, partner) for partner in stage.context.partners}
    if not all(counts.values()):
        raise StepFailed(f"a partner's topic is empty: {counts}")
    return ", ".join(f"{count} for {partner}" for partner, count in counts.items())


class UnsentNotifications(dict[str, int]):
    """Kinds of notifications that aren't all sent yet; true if there is none."""

    def __bool__(self) -> bool:
        return not self.keys()


async def _find_unsent(stage: Stage) -> UnsentNotifications:
    deliveries = (await stage.read_statistics("notifications"))["deliveries"]
    expected = await _expected_counts(stage)
    unsent = {kind: n - deliveries.get(kind, {}).get("sent", 0) for kind, n in expected.items()}
    still_open = {kind: sum(states.get(state, 0) for state in OPEN) for kind, states in deliveries.items()}
    return UnsentNotifications(
        {kind: n for counts in (unsent, still_open) for kind, n in counts.items() if n > 0}
    )


async def _expected_counts(stage: Stage) -> dict[str, int]:
    inviting = next(each.organisation for each in stage.manifest.lists if each.invite)
    agreed = (await stage.read_statistics("matching"))["requests"].get("agreed", 0)
    return {
        "invitation": len(await stage.list_all("members", "/members", organisation=inviting)),
        "registered": registering.SEATS,
        "waitlisted": registering.WAITING,
        "moved-up": 1,
        "withdrawn": 1,
        "mentorship-agreed": 2 * agreed,
        "adviser-unavailable": 1,
        "proposal-lapsed": 1,
    }


def _message_ids(stage: Stage) -> Counter[str]:
    """How often the mail server took each Message-ID."""
    return Counter(str(mail["Message-ID"]) for mail in mailbox.Maildir(stage.context.mailbox, create=False))


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
