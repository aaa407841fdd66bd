-- A link by which a member confirms that they leave; of it the hash alone is kept. The row goes an hour after it was
-- made, or with the member.
CREATE TABLE leaving_link (
    member uuid PRIMARY KEY REFERENCES member ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX leaving_link_asked ON leaving_link (asked_at);
