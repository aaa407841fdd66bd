-- `revision` is the version at which the offer was published or cancelled last, at `revised_at`: `version` and
-- `changed_at` also move with the counts, which no calendar shows.
ALTER TABLE offer
    ADD COLUMN revision bigint NOT NULL DEFAULT 0,
    ADD COLUMN revised_at timestamptz NOT NULL DEFAULT now();
UPDATE offer SET revision = version, revised_at = changed_at;
