-- By its name a dry run tells who has an address from who only shares it: who came first has it.
ALTER TABLE planned_affiliation
    ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN given_name text NOT NULL DEFAULT '',
    ADD COLUMN family_name text NOT NULL DEFAULT '';
