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

-- A dry run knows also what its earlier chunks would change: `said` is the row's statement, as JSON. There may be several
-- of one affiliation. NULL: it was planned before there were statements.
ALTER TABLE planned_affiliation
    DROP CONSTRAINT planned_affiliation_import_email_key_organisation_programme_key,
    ADD COLUMN said text;
CREATE INDEX planned_affiliation_email_key ON planned_affiliation (import, email_key);
