-- When an adviser was last asked for anybody: of equal ones, who waited longest comes first.
ALTER TABLE adviser ADD COLUMN asked_at timestamptz;
INSERT INTO adviser (member, asked_at) SELECT adviser, max(proposed_at) FROM proposal GROUP BY adviser
ON CONFLICT (member) DO UPDATE SET asked_at = excluded.asked_at;

-- Why a proposal ended without an answer of anybody.
ALTER TABLE proposal ADD COLUMN lapse text CHECK (lapse IN ('adviser-full', 'adviser-left')),
    ADD CHECK (lapse IS NULL OR state = 'withdrawn');
-- How many advisers were erased while they were asked, or had accepted.
ALTER TABLE request ADD COLUMN lost_advisers int NOT NULL DEFAULT 0;

-- What an adviser holds now is counted for each candidate.
CREATE INDEX proposal_open ON proposal (adviser, request) WHERE state = 'proposed';
CREATE INDEX request_taken ON request (adviser) WHERE state IN ('accepted', 'agreed');

-- Advisers who may have become unable to take on what they are asked: a worker looks at their open proposals.
CREATE TABLE lapsing (member uuid PRIMARY KEY);
INSERT INTO lapsing SELECT DISTINCT adviser FROM proposal WHERE state = 'proposed';
