-- What members says of organisations and members; `sequence` is the newest message's.
CREATE TABLE organisation (
    organisation text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    country text NOT NULL,
    search text NOT NULL,
    sequence bigint NOT NULL
);

CREATE TABLE member (
    member uuid PRIMARY KEY,
    language text NOT NULL,
    residence text,
    sequence bigint NOT NULL
);

-- That someone was erased, and nothing else about them.
CREATE TABLE erased (
    member uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

-- `occurrences` are in local time of `timezone`; `starts_at`, `ends_at`, `months` are made from them, `region` from
-- `country`, `search` from every word a person may look for. `version` counts what was published.
CREATE TABLE offer (
    offer uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    organisation text NOT NULL,
    co_hosts text[] NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    title_language text NOT NULL,
    summary text NOT NULL,
    mode text NOT NULL,
    country text,
    region text,
    city text,
    venue text,
    languages text[] NOT NULL,
    themes text[] NOT NULL,
    timezone text NOT NULL,
    occurrences jsonb NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    months text[] NOT NULL,
    search text NOT NULL,
    registration_closes timestamptz,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'cancelled', 'completed')),
    cancel_reason text,
    places int CHECK (places > 0),
    waiting_list boolean NOT NULL,
    registered int NOT NULL DEFAULT 0 CHECK (registered >= 0),
    waiting int NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    last_number bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CHECK (registered <= places),
    CHECK (starts_at < ends_at)
);
CREATE INDEX offer_start ON offer (starts_at, offer) WHERE state <> 'draft';
CREATE INDEX offer_end ON offer (ends_at) WHERE state = 'published';

-- Offers whose counts differ from what was published last, and when the new ones go out.
CREATE TABLE count_change (
    offer uuid PRIMARY KEY REFERENCES offer,
    due_at timestamptz NOT NULL
);

-- `number` is the order within the offer; `position` the place on the waiting list when it was entered.
CREATE TABLE registration (
    registration uuid PRIMARY KEY,
    offer uuid NOT NULL REFERENCES offer,
    number bigint NOT NULL,
    member uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('registered', 'waitlisted', 'withdrawn')),
    position int,
    moved_up boolean NOT NULL DEFAULT false,
    at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (offer, number)
);
CREATE UNIQUE INDEX registration_one_active ON registration (offer, member) WHERE state <> 'withdrawn';
CREATE INDEX registration_waiting ON registration (offer, number) WHERE state = 'waitlisted';
CREATE INDEX registration_member ON registration (member);
