"""What a template is filled with: names, the offer's title, dates and location, the facts of a request."""

from datetime import datetime
from typing import Any

import asyncpg

from services.notifications.composing import links, occasions
from services.notifications.deliveries.kinds import Kind
from shared.contracts.events import Offer, OfferState
from shared.contracts.vocabulary import term_name


def collect_values(row: asyncpg.Record, language: str, site: str) -> dict[str, Any]:
    """The values for one delivery with its recipient, organisation and offer, as they are `at` its time; `site` as the
    composer's."""
    offer = Offer.model_validate(row["offer"]) if row["offer"] else None
    page = links.find_page(Kind(row["kind"]), row["facts"], offer.slug if offer else None)
    people = {
        "name": row["name"],
        "other": row["other"],
        "other_address": _name_address(row["other_address"]),
        "organisation": row["organisation_name"],
        "link": f"{site}{page}",
    }
    about = _describe_offer(offer, language, row["at"]) if offer else {}
    return people | about | _describe_facts(row["facts"], language)


def _name_address(address: str | None) -> str | None:
    """The address if the text has to name it: not every mail to every recipient can have it as its Reply-To."""
    return None if address is None or address.rpartition("@")[0].isascii() else address


def _describe_offer(offer: Offer, language: str, now: datetime) -> dict[str, Any]:
    return {
        "title": offer.title,
        "title_language": offer.title_language,
        "is_cancelled": offer.state is OfferState.CANCELLED,
        "when": occasions.format_dates(offer, language, now),
        "where": occasions.format_location(offer, language),
    }


def _describe_facts(facts: dict[str, Any], language: str) -> dict[str, Any]:
    if "region" not in facts:
        return facts
    # None where a region spans several countries.
    to_country = facts["to_country"] and term_name("country", facts["to_country"], language)
    return {
        "region": term_name("region", facts["region"], language),
        "themes": ", ".join(term_name("theme", theme, language) for theme in facts["themes"]),
        "from_country": term_name("country", facts["from_country"], language),
        "to_country": to_country,
        "lapse": facts.get("lapse"),
    }
