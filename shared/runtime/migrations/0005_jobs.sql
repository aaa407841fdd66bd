-- What an operator asked for on the console that takes longer than a request. A worker does it, and holds it meanwhile;
-- `begun` counts how often, `counts` is what it came to, by what was counted.
CREATE TABLE job (
    job uuid PRIMARY KEY,
    verb text NOT NULL,
    topic text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    begun int NOT NULL DEFAULT 0,
    held_until timestamptz,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    ended_at timestamptz,
    failure text,
    counts jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX job_open ON job (verb, topic) WHERE ended_at IS NULL;
CREATE INDEX job_asked ON job (verb, topic, asked_at);
