"""How regions of expertise lie in each other: a Land in its country, a country in its part of the world."""

from functools import cache

from shared.contracts import vocabulary
from shared.contracts.model import Country, Slug
from shared.contracts.refusals import NotFound


def path(region: Slug) -> tuple[Slug, ...]:
    """The region, then the wider ones it lies in, the nearest first. Raises `NotFound`."""
    place = _place(region)
    if place.country is None:
        return (region,)
    nation, world = _national().get(place.country, region), vocabulary.country_region(place.country)
    return tuple(dict.fromkeys((region, nation, world)))


def country(region: Slug) -> Country | None:
    """The country of the region; None for one that spans several. Raises `NotFound`."""
    return _place(region).country


@cache
def nearby(region: Slug) -> frozenset[Slug]:
    """The regions that the region lies in, and those that lie in it. Raises `NotFound`."""
    inside = {slug for slug in vocabulary.regions() if region in path(slug)}
    return frozenset({*path(region), *inside} - {region})


@cache
def _national() -> dict[Country, Slug]:
    return {r.country: r.code for r in vocabulary.regions().values() if r.kind == "country" and r.country}


def _place(region: Slug) -> vocabulary.Region:
    try:
        return vocabulary.regions()[region]
    except KeyError:
        raise NotFound("region-unknown", "The vocabulary has no such region.") from None
