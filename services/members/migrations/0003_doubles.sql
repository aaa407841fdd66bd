-- Members whom nobody has compared with the others yet.
CREATE TABLE newcomer (
    member uuid PRIMARY KEY REFERENCES member ON DELETE CASCADE
);
INSERT INTO newcomer SELECT member FROM member;

-- A member's name as it sounds, for finding those who may be the same person.
CREATE TABLE name_sound (
    member uuid PRIMARY KEY REFERENCES member ON DELETE CASCADE,
    sound text NOT NULL,
    countries text[] NOT NULL
);
-- Newcomers are compared as they come: a pending list would be read whole for each of them, forty times slower.
CREATE INDEX name_sound_near ON name_sound USING gin (countries, sound gin_trgm_ops) WITH (fastupdate = off);

-- Two members who may be one person: they are shown to people, and never merged by themselves.
CREATE TABLE likely_double (
    double uuid PRIMARY KEY,
    one uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    other uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    score int NOT NULL,
    band text NOT NULL CHECK (band IN ('suggest', 'review')),
    reasons jsonb NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    decision text CHECK (decision IN ('distinct', 'same')),
    decided_at timestamptz,
    CHECK (one < other),
    UNIQUE (one, other)
);
CREATE INDEX likely_double_other ON likely_double (other);
CREATE INDEX likely_double_open ON likely_double (score DESC, double) WHERE decision IS NULL;
