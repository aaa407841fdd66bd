"""What one trial has shown, and by which promises it is judged."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.load.watch import Watch
from tests.load.wire import Answer

REFUSED_SECONDS = 1.0
ALIVE_SECONDS = 0.5
READY_SECONDS = 3.0
MORE_MEGABYTES = 120.0
TIMES_CALM = 3.0
# Below this a factor tells of the machine, on which the generator runs too.
LEAST_CALM_SECONDS = 0.1


@dataclass(frozen=True)
class Result:
    """Rates are answers a second, times seconds, sizes MB; `errors` counts by name."""

    name: str
    seconds: float
    served: int
    p50: float
    p99: float
    errors: Mapping[str, int]
    refusal_p99: float
    slowest_alive: float
    slowest_ready: float
    not_ready: Mapping[str, int]
    megabytes: tuple[float, float, float]
    calm_p99: float | None = None

    @property
    def rate(self) -> float:
        return self.served / self.seconds

    def find_faults(self) -> Iterator[str]:
        """Each promise that wasn't kept."""
        if others := {name: n for name, n in self.errors.items() if name != "overloaded"}:
            yield f"answered otherwise than as overload: {others}"
        if self.refusal_p99 > REFUSED_SECONDS:
            yield f"refused after {self.refusal_p99:.2f} s"
        if self.not_ready:
            yield f"not ready: {dict(self.not_ready)}"
        if self.slowest_alive > ALIVE_SECONDS or self.slowest_ready > READY_SECONDS:
            yield f"probes waited: alive {self.slowest_alive:.2f} s, ready {self.slowest_ready:.2f} s"
        before, most, _ = self.megabytes
        if most > before + MORE_MEGABYTES:
            yield f"took {most - before:.0f} MB more"
        if self.calm_p99 and self.p99 > TIMES_CALM * max(self.calm_p99, LEAST_CALM_SECONDS):
            yield f"p99 {self.p99:.3f} s, when calm {self.calm_p99:.3f} s"


def build_result(
    name: str, answers: Sequence[Answer], seconds: float, watch: Watch, calm_p99: float | None = None
) -> Result:
    """The figures of these answers, which were asked for in so many seconds."""
    served = [answer.seconds for answer in answers if answer.name == "ok"]
    refused = [answer.seconds for answer in answers if answer.name == "overloaded"]
    return Result(
        name,
        seconds,
        len(served),
        percentile(served, 50),
        percentile(served, 99),
        _count_errors(answers),
        percentile(refused, 99),
        max(answer.seconds for answer in watch.alive),
        max(answer.seconds for answer in watch.ready),
        _count_errors(watch.ready),
        (watch.megabytes[0], max(watch.megabytes), watch.megabytes[-1]),
        calm_p99,
    )


def percentile(seconds: Sequence[float], percent: int) -> float:
    """The value below which so many per cent lie; 0 of none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _count_errors(answers: Sequence[Answer]) -> Mapping[str, int]:
    return dict(Counter(answer.name for answer in answers if answer.name != "ok"))
