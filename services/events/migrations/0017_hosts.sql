-- The offers of one organisation, as the one responsible or as a co-host; drafts too.
CREATE INDEX CONCURRENTLY IF NOT EXISTS offer_hosts ON offer USING gin ((co_hosts || organisation));
