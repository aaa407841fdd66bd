-- What pages say of a member to the hosts of an offer: the name, and of which organisations. A rebuild of
-- members.profile.v1 fills them for members who are known already.
ALTER TABLE member
    ADD COLUMN given_name text NOT NULL DEFAULT '',
    ADD COLUMN family_name text NOT NULL DEFAULT '',
    ADD COLUMN organisations text[] NOT NULL DEFAULT '{}';
