-- What the world was told of each member: `version` is how often, `affiliations` what last ([organisation, programme],
-- sorted; NULL: nothing yet). `due`: it may have changed. `place` orders all that goes out: it is random, so that the
-- order tells nothing.
CREATE TABLE publication (
    member uuid PRIMARY KEY REFERENCES member ON DELETE CASCADE,
    place uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    version bigint NOT NULL DEFAULT 0,
    affiliations jsonb,
    due boolean NOT NULL DEFAULT true
);
CREATE INDEX publication_due ON publication (place) WHERE due;

-- Of all who are members already the world was told at each change of their profile.
INSERT INTO publication (member, version, affiliations, due)
SELECT member, version, (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(organisation, programme)), '[]') FROM affiliation a
    WHERE a.member = m.member
), false
FROM member m;

-- Someone of whom the world was told has left; `due`: it isn't told yet. Nothing else is kept about them.
CREATE TABLE departure (
    public_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    due boolean NOT NULL DEFAULT true
);
CREATE INDEX departure_due ON departure (public_id) WHERE due;
