-- Who did what, for whom and when; never what was said. `ids` are those of members and things in the row, so that an
-- erased member's rows are found.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    account uuid,
    member uuid,
    organisation text,
    on_behalf_of uuid,
    verb text NOT NULL,
    object jsonb NOT NULL,
    correlation_id text NOT NULL,
    ids uuid[] NOT NULL
);
CREATE INDEX audit_organisation ON audit (organisation, id) WHERE organisation IS NOT NULL;
CREATE INDEX audit_ids ON audit USING gin (ids);

-- Persons who were erased, for some time: what was being done for them may leave a row after that.
CREATE TABLE audit_erasure (
    person uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);
