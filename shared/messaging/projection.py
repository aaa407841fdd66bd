"""What a service declares of each state topic that it keeps a replica of, so that it can be rebuilt."""

from dataclasses import dataclass

from shared.contracts.catalogue import Topic
from shared.messaging.consumer.routes import Handler


@dataclass(frozen=True)
class Projection:
    """What a service holds of a state topic: `project` takes messages over into `table` by their sequence, and does
    nothing else. `key` is the table's column for the topic's key.

    A row with the highest sequence there is holds for good. `needed` is the SQL condition of rows that others
    refer to: they stay, even if the topic holds nothing of them.
    """

    topic: Topic
    table: str
    key: str
    project: Handler
    needed: str = "false"
