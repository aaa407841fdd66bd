-- The newest generation that was heard of each owner of topics: what comes may be a few ahead of it.
CREATE TABLE heard_generation (
    owner text PRIMARY KEY,
    number int NOT NULL
);

-- Records that were refused, since an operator last looked: they are where they were, on the topic, at these offsets.
-- `topic` is the catalogue's name.
CREATE TABLE refused (
    topic text NOT NULL,
    partition int NOT NULL,
    reason text NOT NULL,
    records bigint NOT NULL,
    first_offset bigint NOT NULL,
    last_offset bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, reason)
);
