-- What an organisation would have a member's profile say, where that says something else: the member takes or declines
-- it. One for each field and organisation; a new value has a new id. A declined one stays, so that it isn't asked again.
CREATE TABLE suggestion (
    suggestion uuid NOT NULL,
    member uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    organisation text NOT NULL REFERENCES organisation,
    field text NOT NULL,
    value jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    declined_at timestamptz,
    PRIMARY KEY (member, organisation, field)
);

-- Rows that changed what is known of a member, and those that made suggestions only.
ALTER TABLE import
    ADD COLUMN changed int NOT NULL DEFAULT 0,
    ADD COLUMN suggested int NOT NULL DEFAULT 0;

-- What the rows say that a dry run has found so far to change something, so that a later chunk knows of an earlier one:
-- `said` is of profile and affiliation, as JSON. It takes the place of `planned_affiliation`, which the version before has.
CREATE TABLE planned_statement (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    import uuid NOT NULL REFERENCES import ON DELETE CASCADE,
    email_key text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    organisation text NOT NULL,
    programme text,
    role text NOT NULL,
    said text NOT NULL
);
CREATE INDEX planned_statement_email_key ON planned_statement (import, email_key);
