"""How many offers each choice in a filter would leave."""

from collections.abc import Mapping

from services.events.offers.offer_filter import GROUPS, SOURCE, Filter, conditions
from shared.postgres.pool import Tx

Facets = Mapping[str, Mapping[str, int]]


async def count(tx: Tx, wanted: Filter) -> Facets:
    """For each group of `GROUPS` its values with the number of offers that choosing this value alone would leave,
    given what is chosen in all other groups; the most frequent first. Values that would leave none lack."""
    rows = await tx.fetch(_COUNT, *wanted.arguments)
    facets: dict[str, dict[str, int]] = {group: {} for group in GROUPS}
    for row in rows:
        facets[row["facet"]][row["value"]] = row["offers"]
    return facets


_COUNT = (
    " UNION ALL ".join(
        f"SELECT '{group}' AS facet, value, count(*) AS offers FROM {SOURCE}, unnest({values}) AS value"
        f" WHERE {conditions(other for other in GROUPS if other != group)} AND value IS NOT NULL GROUP BY value"
        for group, values in GROUPS.items()
    )
    + " ORDER BY offers DESC, value"
)
