"""How much of everything there is in a contest."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Messages, rounds, seconds, commands a second, concurrent writers, rows."""

    backlog: int = 200_000
    rounds: int = 3
    rate: int = 200
    calm: int = 40
    seconds: int = 10
    writers: int = 8
    history: int = 5_000_000
    conditions: int = 2_000
    kills: int = 5
    memory: int = 1_000_000

    @property
    def slow_backlog(self) -> int:
        """For contestants that would take minutes over the whole one."""
        return max(self.backlog // 40, 200)

    @staticmethod
    def member_count(backlog: int) -> int:
        """How many cards a backlog is about: each changes about ten times."""
        return max(backlog // 10, 200)
