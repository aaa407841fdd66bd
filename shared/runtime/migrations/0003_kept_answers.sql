-- What was answered to a command that creates, so that its repeat gets the same answer. `key` is the hash of the
-- operation with the client's key, which may be an address; `fingerprint` that of the command's meaning; `ids` are all
-- that command and answer name. Once a person among them is erased, only `key` and `at` stay, until the row expires.
-- Nothing is taken over from before: keys stood there as they were sent, and bytes can't be compared with a meaning.
DROP TABLE idempotency;

CREATE TABLE kept_answer (
    key bytea PRIMARY KEY,
    fingerprint bytea,
    answer jsonb,
    ids uuid[] NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kept_answer_at ON kept_answer (at);
CREATE INDEX kept_answer_ids ON kept_answer USING gin (ids);
