-- The lists of a desk: of each state in the order in which they were asked.
CREATE INDEX CONCURRENTLY IF NOT EXISTS request_desk_state ON request (desk, state, request);
