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
