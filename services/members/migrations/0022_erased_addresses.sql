-- By what an address is known again that belonged to somebody who was erased: a keyed hash, which nobody computes or
-- guesses without the service's secret. No list brings them back.
CREATE TABLE erased_address (
    address_hash text PRIMARY KEY,
    member uuid NOT NULL REFERENCES erased
);
CREATE INDEX erased_address_member ON erased_address (member);

-- Rows of whom erasure removed: they aren't bad, as there is nothing in them to correct.
ALTER TABLE import ADD COLUMN erased int NOT NULL DEFAULT 0;
