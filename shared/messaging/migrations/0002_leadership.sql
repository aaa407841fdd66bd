-- Whether the last leader left with nothing in flight. If not, its page in doubt may still arrive.
ALTER TABLE relay ADD COLUMN clean boolean NOT NULL DEFAULT true;

-- Ids above `above`, up to `upto`, that may reach the broker after newer messages of their keys. When it is due,
-- the newest sent message of each of those keys is sent again.
CREATE TABLE doubt (
    above bigint NOT NULL,
    upto bigint NOT NULL,
    due timestamptz NOT NULL,
    PRIMARY KEY (above, upto)
);

-- When each partition of the personal topics was last given a record for no other reason than to close a segment.
CREATE TABLE roll (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO roll DEFAULT VALUES;
