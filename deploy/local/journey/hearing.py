"""Step 5: people hear of it, by mail and through their organisations' own systems."""

import mailbox
from collections import Counter
from typing import Any

from aiokafka import AIOKafkaConsumer

from deploy.local.journey import registering
from deploy.local.journey.stage import Stage, Wrong, must, until
from shared.contracts.catalogue import outbound

OPEN = ("waiting", "due")


async def people_hear_of_it(stage: Stage) -> str:
    """People hear of it: invitations, places, proposals and agreements arrive by mail, each once."""
    figures = await until(lambda: _all_sent(stage), "every notification is sent")
    invited = next(each for each in stage.manifest.lists if each.invite)
    must(invited.new_members + invited.affiliations, figures["invitation"]["sent"], "invitations")
    must(registering.PLACES, figures["registered"]["sent"], "confirmations")
    must(registering.WAITING, figures["waitlisted"]["sent"], "mails to the waiting list")
    must(1, figures["moved-up"]["sent"], "mails about a place that came free")
    sent = sum(states.get("sent", 0) for states in figures.values())
    ids = _message_ids(stage)
    must(sent, len(ids), "different Message-IDs that the mail server has")
    stage.links["deliveries"] = f"{stage.context.urls['notifications']}/deliveries"
    return f"{sent} notifications, each once; {sum(ids.values()) - len(ids)} repeats after the kill dropped"


async def partners_systems_read_notifications(stage: Stage) -> str:
    """Partner organisations' own systems read finished notifications."""
    counts = {partner: await _read(stage, partner) for partner in stage.context.partners}
    if not all(counts.values()):
        raise Wrong(f"a partner's topic is empty: {counts}")
    return ", ".join(f"{count} for {partner}" for partner, count in counts.items())


async def _all_sent(stage: Stage) -> Any:
    deliveries = (await stage.figures("notifications"))["deliveries"]
    expected = await _expected(stage)
    kinds = {kind: deliveries.get(kind, {}).get("sent", 0) for kind in expected}
    still_open = any(states.get(state) for states in deliveries.values() for state in OPEN)
    return None if still_open or any(kinds[k] < n for k, n in expected.items()) else deliveries


async def _expected(stage: Stage) -> dict[str, int]:
    invited = next(each for each in stage.manifest.lists if each.invite)
    agreed = (await stage.figures("matching"))["requests"].get("agreed", 0)
    return {
        "invitation": invited.new_members + invited.affiliations,
        "registered": registering.PLACES,
        "waitlisted": registering.WAITING,
        "moved-up": 1,
        "withdrawn": 1,
        "mentorship-agreed": 2 * agreed,
    }


def _message_ids(stage: Stage) -> Counter[str]:
    """How often the mail server took each Message-ID."""
    return Counter(str(mail["Message-ID"]) for mail in mailbox.Maildir(stage.context.mailbox, create=False))


async def _read(stage: Stage, partner: str) -> int:
    topic = outbound(partner).name
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=stage.context.kafka, auto_offset_reset="earliest")
    found: set[bytes] = set()
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found |= {dict(record.headers)["ce_id"] for record in records}
    return len(found)
