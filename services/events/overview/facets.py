"""How many offers each choice in a filter would leave."""

from collections.abc import Mapping

from services.events.offers.offer_filter import GROUP_VALUES, SOURCE, OfferFilter, build_condition
from shared.postgres.pool import Tx

Facets = Mapping[str, Mapping[str, int]]


async def count_facets(tx: Tx, wanted: OfferFilter) -> Facets:
    """For each group of a filter its values with the number of offers that choosing this value alone would leave,
    given what is chosen in all other groups; the most frequent first. Values that would leave none lack."""
    rows = await tx.fetch(_COUNT, *wanted.arguments)
    facets: dict[str, dict[str, int]] = {group: {} for group in GROUP_VALUES}
    for row in rows:
        facets[row["facet"]][row["value"]] = row["offers"]
    return facets


def _count_group(group: str, values: str) -> str:
    others = [other for other in GROUP_VALUES if other != group]
    return (
        f"SELECT '{group}' AS facet, value, count(*) AS offers FROM {SOURCE}, unnest({values}) AS value"
        f" WHERE {build_condition(others)} AND value IS NOT NULL GROUP BY value"
    )


_COUNT = (
    " UNION ALL ".join(_count_group(group, values) for group, values in GROUP_VALUES.items())
    + " ORDER BY offers DESC, value"
)
