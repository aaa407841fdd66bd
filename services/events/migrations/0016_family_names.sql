-- Whom a coordinator looks for, to register them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS member_family_name ON member (lower(family_name));
