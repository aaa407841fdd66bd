"""How regions of expertise lie in each other: a Land in its country, a country in its part of the world."""

from functools import cache

from shared.contracts import vocabulary
from shared.contracts.model import Country, Slug
from shared.contracts.refusals import NotFound


def region_path(region: Slug) -> tuple[Slug, ...]:
    """The region, then the wider ones it lies in, the nearest first. Raises `NotFound`."""
    country = country_of(region)
    if country is None:
        return (region,)
    national, continental = _country_regions().get(country, region), vocabulary.country_region(country)
    return tuple(dict.fromkeys((region, national, continental)))


def country_of(region: Slug) -> Country | None:
    """The country of the region; None for one that spans several. Raises `NotFound`."""
    return _require_region(region).country


@cache
def nearby_regions(region: Slug) -> frozenset[Slug]:
    """The regions that the region lies in, and those that lie in it. Raises `NotFound`."""
    narrower = {slug for slug in vocabulary.regions() if region in region_path(slug)}
    return frozenset({*region_path(region), *narrower} - {region})


@cache
def _country_regions() -> dict[Country, Slug]:
    return {r.country: r.code for r in vocabulary.regions().values() if r.kind == "country" and r.country}


def _require_region(region: Slug) -> vocabulary.Region:
    try:
        return vocabulary.regions()[region]
    except KeyError:
        raise NotFound("region-unknown", "The vocabulary has no such region.") from None
