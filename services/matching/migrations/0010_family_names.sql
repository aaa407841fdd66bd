-- Whom a coordinator looks for, to staff a desk.
CREATE INDEX CONCURRENTLY IF NOT EXISTS person_family_name ON person (lower(family_name)) WHERE NOT gone;
