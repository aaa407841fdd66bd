"""Drafts: an offer as an organisation writes it, before anybody else sees it."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue
from uuid_utils.compat import uuid7

from services.events.offers import content
from services.events.offers.content import CONTENT_EXAMPLE, OfferContent
from services.events.replicas import organisations
from shared.access.principal import Principal
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx


def _parse_whole_number(value: object) -> object:
    """8.0 is a whole number in JSON; "8" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Capacity = Annotated[int, Field(ge=1, le=1_000_000, strict=True), BeforeValidator(_parse_whole_number)]
_EXAMPLE: dict[str, JsonValue] = {
    "slug": "spring-meeting-nairobi",
    "organisation": "giz",
    **CONTENT_EXAMPLE,
    "places": 60,
}


class DraftOffer(OfferContent):
    """An offer as its organisation writes it. `places` None: open to all members."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    slug: Slug
    organisation: Slug
    co_hosts: list[Slug] = Field(default=[], max_length=30)
    places: Capacity | None = None


class DraftedOffer(Contract):
    """Where the draft is."""

    offer: UUID
    slug: Slug


async def draft_offer(tx: Tx, asker: Principal, command: DraftOffer) -> DraftedOffer:
    """Keep a draft; nothing goes out.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate, `Refused` for a time that doesn't exist or
    isn't later, an unknown organisation, a slug that is taken.
    """
    asker.require_coordinator(command.organisation)
    columns = content.build_columns(command)
    hosts = list(dict.fromkeys([command.organisation, *command.co_hosts]))
    names = await organisations.require_organisations(tx, hosts)
    values = {
        "offer": uuid7(),
        "slug": command.slug,
        "organisation": command.organisation,
        "co_hosts": hosts[1:],
        "places": command.places,
        "search": content.build_search_text(command, names),
        **columns,
    }
    placeholders = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    offer = await tx.fetchval(
        f"INSERT INTO offer ({', '.join(values)}) VALUES ({placeholders})"
        " ON CONFLICT (slug) DO NOTHING RETURNING offer",
        *values.values(),
    )
    if offer is None:
        raise slug_taken()
    return DraftedOffer(offer=offer, slug=command.slug)


def slug_taken() -> Refused:
    """The refusal of a slug that another offer has."""
    return Refused("slug-taken", "Another offer has this slug already.")
