-- Contact data of members as the profile topic has it; `ids`: organisation -> the member's id there.
CREATE TABLE recipient (
    member uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    email text NOT NULL,
    language text NOT NULL,
    ids jsonb NOT NULL
);

CREATE TABLE organisation (
    organisation text PRIMARY KEY,
    sequence bigint NOT NULL,
    name text NOT NULL
);

-- `data` is the offer as its topic has it.
CREATE TABLE offer (
    offer uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    organisation text NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX offer_organisation ON offer (organisation);

-- What was heard of last, so that a change can be told from a repeat.
CREATE TABLE registration (
    registration uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    offer uuid NOT NULL,
    member uuid NOT NULL,
    state text NOT NULL
);
CREATE INDEX registration_offer ON registration (offer);
CREATE INDEX registration_member ON registration (member);

CREATE TABLE mentorship (
    request uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    persons uuid[] NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX mentorship_persons ON mentorship USING gin (persons);

-- That someone was erased, and nothing else about them.
CREATE TABLE erased (
    member uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

-- The delivery log. The id is made of what the notification is about, so each exists once.
-- waiting: contact data, an offer or an organisation isn't known yet; until `deadline`.
-- due: to be composed (no `composed_at`), then sent; while `lease` is set, `due_at` is when another may claim it.
-- `other` is a second member whom the text names. No address is kept here.
CREATE TABLE delivery (
    delivery uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL,
    member uuid,
    other uuid,
    organisation text,
    offer uuid,
    facts jsonb NOT NULL,
    correlation_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'due', 'sent', 'failed', 'undeliverable')),
    reason text,
    language text,
    subject text,
    text text,
    html text,
    lease uuid,
    attempts int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deadline timestamptz NOT NULL,
    due_at timestamptz,
    composed_at timestamptz,
    sent_at timestamptz
);
CREATE INDEX delivery_waiting ON delivery (deadline) WHERE state = 'waiting';
CREATE INDEX delivery_uncomposed ON delivery (place) WHERE state = 'due' AND composed_at IS NULL;
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'due' AND composed_at IS NOT NULL;
CREATE INDEX delivery_member ON delivery (member, place);
CREATE INDEX delivery_other ON delivery (other) WHERE other IS NOT NULL;
