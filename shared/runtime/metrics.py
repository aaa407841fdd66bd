"""All metrics of requests and workers, declared together."""

from prometheus_client import Counter, Gauge

FAILED_ITEMS = Counter("alumnibus_work_failed_items_total", "Items that have failed for good", ["worker"])
DELAYED_ITEMS = Counter(
    "alumnibus_work_delayed_items_total", "Items put off after a failure that passes by itself", ["worker"]
)
FAILING_STEPS = Gauge("alumnibus_work_failing_steps", "Steps that failed, one after the other", ["worker"])

REQUESTS_IN_WORK = Gauge(
    "alumnibus_requests_in_work", "Requests that were let in and aren't answered", ["lane"]
)
REQUESTS_WAITING = Gauge("alumnibus_requests_waiting", "Requests that wait until they are let in", ["lane"])
REQUESTS_REFUSED = Counter("alumnibus_requests_refused_total", "Requests refused as overload", ["lane"])


def read_failed_items() -> dict[str, int]:
    """How many items of each worker have failed since this process began."""
    samples = (sample for metric in FAILED_ITEMS.collect() for sample in metric.samples)
    return {s.labels["worker"]: int(s.value) for s in samples if s.name.endswith("_total") and s.value}
