-- held: a restore brought it back, so it may have been sent before; an operator releases or drops it.
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_state_check
    CHECK (state IN ('waiting', 'due', 'held', 'sent', 'failed', 'undeliverable', 'superseded'));
CREATE INDEX delivery_held ON delivery (kind, place) WHERE state = 'held';

-- When that happened of which it tells. NULL: it was added before this was kept.
ALTER TABLE delivery ADD COLUMN happened_at timestamptz;

-- What isn't sent yet by its offer, what is held too: what waits for it, and what its cancellation supersedes.
DROP INDEX delivery_open_offer;
CREATE INDEX delivery_open_offer ON delivery (offer)
    WHERE state IN ('waiting', 'due', 'held') AND offer IS NOT NULL;
