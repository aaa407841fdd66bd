-- In the order in which operators read what operators did.
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_of_operators ON audit (id) WHERE by_operator;
