-- What pages say of a member: the name, and of which organisations. A rebuild of members.profile.v1 fills them for members
-- who are known already.
ALTER TABLE person
    ADD COLUMN given_name text NOT NULL DEFAULT '',
    ADD COLUMN family_name text NOT NULL DEFAULT '',
    ADD COLUMN organisations text[] NOT NULL DEFAULT '{}';
