-- What a member asked, the newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS request_own ON request (requester, request);
