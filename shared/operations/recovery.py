"""After a restore: the state of everything is told anew, and what no row tells of any more is taken back."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Literal, TypeAlias

from shared.contracts.catalogue import Topic
from shared.operations.live_keys import read_live_keys, write_tombstones
from shared.operations.republish import republish_states
from shared.postgres.pool import Pool
from shared.runtime.service import Service

Step: TypeAlias = Literal["read", "wrote", "took back"]
Say: TypeAlias = Callable[[tuple[Step, Counter[str]]], None]


async def recover_topics(pool: Pool, service: Service, topics: Collection[Topic], say: Say) -> list[str]:
    """Tell these topics anew; the service must be stopped. Returns what was done, in sentences; `say`s it so far.

    What is on the topics is read first: whatever is told by a row is there and stays. To do it again repeats
    messages and nothing else. Raises `SameGeneration`, KafkaError; then nothing was written.
    """
    untold = await read_live_keys(pool, service.settings.broker, topics, lambda read: say(("read", read)))
    done = [await service.after_restore(pool)] if service.after_restore else []
    written = await republish_states(
        pool, service.published, topics, lambda written: say(("wrote", written)), untold
    )
    taken = await write_tombstones(pool, untold, lambda taken: say(("took back", taken)))
    return [
        *done,
        f"wrote {written.total():,} messages for the relay to send ({format_counts(written)})",
        f"took back {taken.total():,} that no row tells of any more ({format_counts(taken)})",
    ]


def format_counts(counted: Counter[str]) -> str:
    """How many by topic, in words."""
    return ", ".join(f"{topic} {messages:,}" for topic, messages in sorted(counted.items())) or "no topics"
