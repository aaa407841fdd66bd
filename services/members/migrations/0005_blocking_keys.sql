-- By what a member is found among those who may be the same person: they stand next to each other by `key`, and by
-- `rest` among those of one key. Letters are compared as bytes, so that the order is the same on every server.
CREATE TABLE blocking_key (
    country text NOT NULL,
    key text COLLATE "C" NOT NULL,
    rest text COLLATE "C" NOT NULL,
    member uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    PRIMARY KEY (country, key, rest, member)
);
CREATE INDEX blocking_key_member ON blocking_key (member);

-- Everybody gets keys, and is compared once more; pairs that are known stay as they are.
DROP TABLE name_sound;
INSERT INTO newcomer SELECT member FROM member ON CONFLICT DO NOTHING;
