"""An offer is used again: a draft that says the same."""

from uuid import UUID

from pydantic import ConfigDict
from uuid_utils.compat import uuid7

from services.events.hosting.hosted import read_hosted_by
from services.events.offers.drafts import DraftedOffer, slug_taken
from shared.access.principal import Principal
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.commands import Command

_COPIED = """kind, title, title_language, summary, mode, country, region, city, venue, languages, themes, timezone,
    occurrences, starts_at, ends_at, months, search, registration_closes, places, waiting_list"""
_COPY = f"""
INSERT INTO offer (offer, slug, organisation, co_hosts, {_COPIED})
SELECT $2, $3, $4, array_remove(organisation || co_hosts, $4), {_COPIED} FROM offer WHERE offer = $1
ON CONFLICT (slug) DO NOTHING RETURNING offer"""


class CopyOffer(Command):
    """The copy's own slug, and which of the offer's hosts is responsible for it; the others are its co-hosts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"slug": "spring-meeting-nairobi-2031", "organisation": "giz"}]}
    )

    slug: Slug
    organisation: Slug


async def copy_offer(tx: Tx, asker: Principal, offer: UUID, command: CopyOffer) -> DraftedOffer:
    """Keep a draft that says what an offer says, with its dates; nothing goes out.

    Raises `NotFound` unless it is hosted by this organisation of the asker's, `Refused` for a slug that is taken.
    """
    await read_hosted_by(tx, asker, command.organisation, offer)
    copy = await tx.fetchval(_COPY, offer, uuid7(), command.slug, command.organisation)
    if copy is None:
        raise slug_taken()
    return DraftedOffer(offer=copy, slug=command.slug)
