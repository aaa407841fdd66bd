"""All metrics of messaging, declared together."""

from prometheus_client import Counter, Gauge, Histogram

ERASURES_OVERDUE = Gauge(
    "alumnibus_erasure_overdue_orders",
    "Orders to erase that a service hasn't reported as carried out within an hour",
    ["service"],
)
ERASURES_AGE = Gauge(
    "alumnibus_erasure_oldest_seconds", "Age of the oldest order that a service hasn't reported", ["service"]
)
SENT = Counter("alumnibus_relay_sent_total", "Messages the relay has sent", ["schema"])
PAGE_SIZE = Histogram(
    "alumnibus_relay_page_messages", "Messages in a page", ["schema"], buckets=(1, 3, 10, 30, 100, 300, 500)
)
PAGE_SECONDS = Histogram("alumnibus_relay_page_seconds", "Time to read, send and save one page", ["schema"])
OUTBOX_AGE = Gauge(
    "alumnibus_outbox_age_seconds", "Age of the oldest message that is not saved as sent", ["schema"]
)
LEADER = Gauge("alumnibus_relay_leader", "1 where this process runs the schema's relay", ["schema"])
APPLIED = Counter("alumnibus_consumer_applied_total", "Messages applied", ["consumer", "topic"])
REPEATED = Counter("alumnibus_consumer_repeated_total", "Messages dropped as repeats", ["consumer", "topic"])
UNKNOWN_TYPE = Counter(
    "alumnibus_consumer_unknown_type_total",
    "Messages of a type this build doesn't know",
    ["consumer", "topic"],
)
REFUSED = Counter(
    "alumnibus_consumer_refused_total",
    "Records that their topic's owner can't have sent",
    ["consumer", "topic"],
)
REFUSED_RECORDS = Gauge(
    "alumnibus_consumer_refused_records", "Refused records that no operator has looked at", ["consumer"]
)
PARKED = Counter("alumnibus_consumer_parked_total", "Messages parked", ["consumer", "topic"])
BATCH_SIZE = Histogram(
    "alumnibus_consumer_batch_messages",
    "Messages in a batch",
    ["consumer"],
    buckets=(1, 3, 10, 30, 100, 300, 1000),
)
BATCH_SECONDS = Histogram("alumnibus_consumer_batch_seconds", "Time to apply one batch", ["consumer"])
LAG = Gauge("alumnibus_consumer_lag_records", "Records on the topic that wait", ["consumer", "topic"])
PARKED_KEYS = Gauge("alumnibus_consumer_parked_keys", "Keys that wait for an operator", ["consumer"])
STOPPED = Gauge("alumnibus_consumer_stopped_partitions", "Partitions stopped by an alarm", ["consumer"])
RESTARTS = Counter("alumnibus_consumer_restarts_total", "Times the watchdog started it again", ["consumer"])
RETRIES = Counter(
    "alumnibus_consumer_retries_total", "Batches tried again after a passing failure", ["consumer"]
)
