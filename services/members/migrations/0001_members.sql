CREATE TABLE organisation (
    organisation text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    country text NOT NULL,
    host_country text,
    jurisdiction text[] NOT NULL DEFAULT '{}',
    languages text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1
);

CREATE TABLE programme (
    organisation text NOT NULL REFERENCES organisation,
    programme text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (organisation, programme)
);

-- `email_key` is the normalised address: one person, however it is written.
CREATE TABLE member (
    member uuid PRIMARY KEY,
    given_name text NOT NULL,
    family_name text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    language text NOT NULL,
    origin text,
    residence text,
    posting text,
    languages text[] NOT NULL DEFAULT '{}',
    themes text[] NOT NULL DEFAULT '{}',
    regions text[] NOT NULL DEFAULT '{}',
    branch text,
    advises boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    joined_at timestamptz NOT NULL DEFAULT now()
);

-- `reference` is the member's id in the organisation's own list.
CREATE TABLE affiliation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    organisation text NOT NULL,
    programme text,
    role text NOT NULL,
    cohort int,
    reference text,
    invited_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (member, organisation, programme, role),
    FOREIGN KEY (organisation) REFERENCES organisation,
    FOREIGN KEY (organisation, programme) REFERENCES programme
);

-- That someone was erased, and nothing else about them.
CREATE TABLE erased (
    member uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);
