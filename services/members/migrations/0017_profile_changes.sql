-- Who changed what of a member's profile, and when; `organisation` is NULL for the member. Which fields: their values
-- before and after are kept nowhere.
CREATE TABLE profile_change (
    change uuid PRIMARY KEY,
    member uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    organisation text,
    fields text[] NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX profile_change_member ON profile_change (member, change);
