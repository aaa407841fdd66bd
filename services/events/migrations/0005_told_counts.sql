-- What the world was told last of an offer's counts, and when. Of an offer whose counts wait that isn't known any more:
-- it gets others than it has, so that they are told.
ALTER TABLE offer
    ADD COLUMN told_registered int NOT NULL DEFAULT 0,
    ADD COLUMN told_waiting int NOT NULL DEFAULT 0,
    ADD COLUMN told_at timestamptz NOT NULL DEFAULT now();
UPDATE offer o SET told_registered = registered, told_waiting = waiting;
UPDATE offer o SET told_registered = abs(registered - 1) FROM count_change c WHERE c.offer = o.offer;

-- `due_at` is when a release took it up; none until then.
ALTER TABLE count_change ALTER COLUMN due_at DROP NOT NULL;
UPDATE count_change SET due_at = NULL;

-- Who acted since an offer's counts were told.
CREATE INDEX registration_at ON registration (offer, at);
