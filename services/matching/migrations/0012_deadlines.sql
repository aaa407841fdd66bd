-- The requests of a desk by deadline.
CREATE INDEX CONCURRENTLY IF NOT EXISTS request_due_at_desk ON request (desk, state, changed_at, request);
