-- What operators look at: what didn't go out.
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_troubled ON delivery (state, place)
    WHERE state IN ('failed', 'undeliverable', 'held');
