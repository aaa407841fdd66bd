-- By the keys of the addresses in a chunk an erasure finds the rows of a person without reading all others. NULL: a
-- chunk that was uploaded before there were keys.
ALTER TABLE import_chunk ADD COLUMN email_keys text[];

-- What a dry run has found so far: each of its chunks is a transaction, and a later one must know of the earlier.
CREATE TABLE planned_affiliation (
    import uuid NOT NULL REFERENCES import ON DELETE CASCADE,
    email_key text NOT NULL,
    organisation text NOT NULL,
    programme text,
    role text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (import, email_key, organisation, programme, role)
);
