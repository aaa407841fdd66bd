-- When single persons' acts were last released to the world, and when all that were due.
CREATE TABLE release (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL DEFAULT now(),
    whole_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO release DEFAULT VALUES;
