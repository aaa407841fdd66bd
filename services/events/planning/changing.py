"""An offer is written anew by its hosts: texts, dates, where it takes place."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict

from services.events.offers import announcements, content, offers
from services.events.offers.content import CONTENT_EXAMPLE, OfferContent
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from services.events.registrations import waiting_list
from services.events.replicas import organisations
from shared.access.principal import Principal
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx


class ChangeOffer(OfferContent):
    """All that an offer says of itself from now on. `revised_at`, if it is given, is that of the offer that was read:
    what somebody else wrote since isn't overwritten."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONTENT_EXAMPLE]})

    revised_at: AwareDatetime | None = None


async def change_offer(tx: Tx, asker: Principal, offer: UUID, command: ChangeOffer) -> StoredOffer:
    """Write an offer anew; `EventChanged` goes out unless it is a draft. A repeat changes nothing.

    Who waits moves up where its last occurrence had begun and begins later now. Raises `NotFound`, `Refused` for an
    offer that is over or cancelled, dates that are all over, a time that doesn't exist or isn't later, and for one that
    somebody else changed since `revised_at`.
    """
    stored = await offers.lock_hosted(tx, asker, offer)
    columns = content.build_columns(command)
    if await _read_columns(tx, offer, columns) == columns:
        return stored
    _require_changeable(stored, command, columns)
    names = await organisations.require_organisations(tx, stored.hosts)
    await _store(tx, offer, {**columns, "search": content.build_search_text(command, names)})
    if stored.state is LifecycleState.DRAFT:
        return await offers.read_offer(tx, offer)
    await waiting_list.move_up(tx, offer)
    return await announcements.announce_offer(tx, offer, "EventChanged", revised=True)


def _require_changeable(stored: StoredOffer, command: ChangeOffer, columns: Mapping[str, Any]) -> None:
    is_draft = stored.state is LifecycleState.DRAFT
    if not is_draft and (stored.state is not LifecycleState.PUBLISHED or stored.is_over):
        raise Refused(*(stored.closing_reason or OFFER_PAST))
    if command.revised_at not in (None, stored.revised_at):
        raise Refused("offer-changed", "Somebody else changed the offer since you read it.")
    if not is_draft and columns["ends_at"] <= stored.seen_at:
        raise Refused("dates-past", "An offer that is published has a date that isn't over.")


async def _read_columns(tx: Tx, offer: UUID, columns: Mapping[str, Any]) -> dict[str, Any]:
    return dict(await tx.fetchrow(f"SELECT {', '.join(columns)} FROM offer WHERE offer = $1", offer) or {})


async def _store(tx: Tx, offer: UUID, values: Mapping[str, Any]) -> None:
    placeholders = ", ".join(f"${n}" for n in range(2, len(values) + 2))
    await tx.execute(
        f"UPDATE offer SET ({', '.join(values)}) = ({placeholders}), revised_at = clock_timestamp()"
        " WHERE offer = $1",
        offer,
        *values.values(),
    )
