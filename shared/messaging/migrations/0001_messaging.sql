-- Raised when the database is restored to an earlier time, so that versions issued again are newer.
CREATE TABLE generation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number int NOT NULL DEFAULT 1 CHECK (number BETWEEN 1 AND 9000)
);
INSERT INTO generation DEFAULT VALUES;

-- Append-only; the relay reads it, days are dropped whole.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    message_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    sequence bigint NOT NULL,
    headers text NOT NULL,
    payload text CHECK (octet_length(payload) <= 900000),
    at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (at);
CREATE INDEX outbox_id ON outbox (id);
CREATE INDEX outbox_xid ON outbox (xid, id);
CREATE TABLE outbox_rest PARTITION OF outbox DEFAULT;

-- What the relay has sent: all that `seen` sees, and of what `upto` sees besides, the ids up to `last_id`.
CREATE TABLE relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seen pg_snapshot NOT NULL,
    upto pg_snapshot,
    last_id bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO relay (seen) VALUES (pg_current_snapshot());

-- Where a consumer stands; the truth, of which Kafka's own offsets are a hint.
CREATE TABLE position (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);

-- Which messages were taken; a time-ordered id (UUIDv7) falls into the partition of its day.
CREATE TABLE inbox (
    message_id uuid PRIMARY KEY
) PARTITION BY RANGE (message_id);
CREATE TABLE inbox_rest PARTITION OF inbox DEFAULT;

-- A key that waits for an operator: the row is the lock.
CREATE TABLE parked_key (
    topic text NOT NULL,
    key text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    fingerprint text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (topic, key)
);
CREATE TABLE parked (
    topic text NOT NULL,
    key text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    record_key bytea,
    timestamp_ms bigint NOT NULL,
    headers jsonb NOT NULL,
    payload bytea,
    PRIMARY KEY (topic, key, id),
    FOREIGN KEY (topic, key) REFERENCES parked_key ON DELETE CASCADE
);
CREATE TABLE parked_dropped (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    messages int NOT NULL,
    fingerprint text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
