-- What was answered to a command that creates, so that its repeat gets the same answer. Answers hold ids only.
CREATE TABLE idempotency (
    key text NOT NULL,
    operation text NOT NULL,
    fingerprint text NOT NULL,
    answer jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key, operation)
);
