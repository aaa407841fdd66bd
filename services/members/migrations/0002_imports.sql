ALTER TABLE affiliation ADD COLUMN completed_on date;
CREATE INDEX affiliation_reference ON affiliation (organisation, reference, member);

-- One list that an office brought. Its rows stand in import_chunk until they are worked on, and then nowhere.
CREATE TABLE import (
    import uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation,
    mapping jsonb NOT NULL,
    dry_run boolean NOT NULL,
    correlation_id text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    rows int NOT NULL DEFAULT 0,
    joined int NOT NULL DEFAULT 0,
    affiliated int NOT NULL DEFAULT 0,
    unchanged int NOT NULL DEFAULT 0,
    bad int NOT NULL DEFAULT 0,
    brought_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX import_unfinished ON import (brought_at, import) WHERE state IN ('waiting', 'running');

-- `records` is JSON in ASCII: [line, cells of the mapped columns, fault, header], as bytes because cells may hold NUL.
CREATE TABLE import_chunk (
    import uuid NOT NULL REFERENCES import ON DELETE CASCADE,
    number int NOT NULL,
    records bytea NOT NULL,
    PRIMARY KEY (import, number)
);

-- Why a row is bad: never its values.
CREATE TABLE import_problem (
    import uuid NOT NULL REFERENCES import ON DELETE CASCADE,
    line int NOT NULL,
    reason text NOT NULL,
    header text,
    PRIMARY KEY (import, line)
);
