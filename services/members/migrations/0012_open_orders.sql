-- Orders to erase that a service hasn't reported as carried out. `since` is when it was given first, `given_at` when it
-- was given last. An order from before there were reports has no `since` until it is given again.
CREATE TABLE open_order (
    member uuid NOT NULL REFERENCES erased,
    service text NOT NULL,
    since timestamptz,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (member, service)
);
CREATE INDEX open_order_since ON open_order (service, since) WHERE since IS NOT NULL;

INSERT INTO open_order (member, service, given_at)
SELECT member, service, at FROM erased CROSS JOIN unnest(ARRAY['events', 'matching', 'notifications']) AS service;
