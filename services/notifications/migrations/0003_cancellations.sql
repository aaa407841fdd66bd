-- Of the message that the row is from: whether a cancellation is news, and what caused it.
ALTER TABLE offer ADD COLUMN at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN correlation_id text NOT NULL DEFAULT '';

-- superseded: not sent yet, and what it says isn't true any more.
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check
    CHECK (state IN ('waiting', 'due', 'sent', 'failed', 'undeliverable', 'superseded'));

-- What isn't sent yet by its offer: what waits for it, and what its cancellation supersedes.
CREATE INDEX delivery_open_offer ON delivery (offer) WHERE state IN ('waiting', 'due') AND offer IS NOT NULL;
