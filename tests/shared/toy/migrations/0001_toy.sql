CREATE TABLE tally (
    tally text PRIMARY KEY,
    version int NOT NULL
);

-- One row for each message that took effect, in the order of the effects.
CREATE TABLE effect (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    key text NOT NULL,
    type text NOT NULL,
    sequence bigint NOT NULL,
    version int,
    message_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Keys whose messages break the verb, until they are taken off this list.
CREATE TABLE barred (
    key text PRIMARY KEY
);
