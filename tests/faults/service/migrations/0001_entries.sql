CREATE TABLE bank_account (
    account text PRIMARY KEY,
    version int NOT NULL
);

-- No unique key on the value: an operation that was done twice must be seen.
CREATE TABLE entry (
    value text NOT NULL,
    account text NOT NULL,
    version int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Accounts as the consumer knows them: a replica, whose rows only newer messages change.
CREATE TABLE known (
    account text PRIMARY KEY,
    sequence bigint NOT NULL,
    value text
);

-- One row for each message that was applied, in their order; `newer`: it changed what is known. No unique key either.
CREATE TABLE effect (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    account text NOT NULL,
    version int NOT NULL,
    value text,
    message_id uuid NOT NULL,
    newer boolean NOT NULL,
    bearable boolean NOT NULL CONSTRAINT effect_is_bearable CHECK (bearable),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Accounts for whose messages the handler fails, by a bug or by a constraint, until they are taken off this list.
CREATE TABLE failing (
    account text PRIMARY KEY,
    how text NOT NULL CHECK (how IN ('bug', 'constraint'))
);
