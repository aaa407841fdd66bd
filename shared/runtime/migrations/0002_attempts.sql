-- What a worker has begun and not ended. `begun` counts attempts that nobody has ended, as when the process died in the
-- middle, `delays` those that ended with a failure that passes by itself. Nobody begins the item before `until`, nor
-- at all once it has failed, until an operator lets it be tried again. `reason` is the exception's class.
CREATE TABLE attempt (
    worker text NOT NULL,
    item text NOT NULL,
    begun int NOT NULL DEFAULT 1,
    delays int NOT NULL DEFAULT 0,
    until timestamptz NOT NULL,
    reason text,
    failed_at timestamptz,
    PRIMARY KEY (worker, item)
);
