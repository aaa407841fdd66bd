-- By organisation, so that a target finds its mails at once, however many others wait for another target.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (coalesce(organisation, ''), due_at, place)
    WHERE state = 'due' AND composed_at IS NOT NULL;

-- In the order in which the sweep goes through what waits, page by page.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (deadline, place) WHERE state = 'waiting';

-- What was due for too long.
CREATE INDEX delivery_overdue ON delivery (created_at) WHERE state = 'due';
