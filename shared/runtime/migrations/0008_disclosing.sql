-- Members to whom this service is telling what it holds about them, part by part: `part` is the next one's number, which
-- begins behind the record `after` of `holding` (NULL: at its first one; no holding: at the beginning).
CREATE TABLE disclosing (
    member uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    part int NOT NULL DEFAULT 1,
    holding text,
    after text
);
