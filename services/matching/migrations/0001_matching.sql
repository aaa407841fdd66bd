-- What matching needs of a member: a projection of members.profile.v1.
-- A member who is gone keeps the id and the highest sequence, so that nothing late brings anything back.
CREATE TABLE person (
    member uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    gone boolean NOT NULL DEFAULT false,
    origin text,
    residence text,
    languages text[] NOT NULL DEFAULT '{}',
    themes text[] NOT NULL DEFAULT '{}',
    regions text[] NOT NULL DEFAULT '{}',
    branch text,
    advises boolean NOT NULL DEFAULT false
);
CREATE INDEX person_regions ON person USING gin (regions) WHERE advises;

-- The row is the lock under which an adviser's places are counted.
CREATE TABLE adviser (
    member uuid PRIMARY KEY REFERENCES person,
    capacity int NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 0 AND 20)
);

CREATE TABLE desk (
    region text PRIMARY KEY,
    contacts uuid[] NOT NULL,
    deputies uuid[] NOT NULL
);

-- `desk` is the region whose desk answers; `contacts` are the members of it who were told.
-- A request whose requester was erased keeps what its public message says, and nothing else.
CREATE TABLE request (
    request uuid PRIMARY KEY,
    requester uuid REFERENCES person,
    region text NOT NULL,
    desk text NOT NULL REFERENCES desk,
    themes text[] NOT NULL,
    languages text[] NOT NULL,
    question text,
    from_country text NOT NULL,
    to_country text,
    state text NOT NULL DEFAULT 'requested'
        CHECK (state IN ('requested', 'proposed', 'accepted', 'agreed', 'ended')),
    contact uuid REFERENCES person,
    contacts uuid[] NOT NULL,
    adviser uuid REFERENCES person,
    version bigint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    agreed_at timestamptz,
    CHECK ((requester IS NULL) = (question IS NULL)),
    CHECK (requester IS NOT NULL OR state = 'ended'),
    CHECK (adviser IS NOT NULL OR state NOT IN ('accepted', 'agreed'))
);
CREATE INDEX request_desk ON request (desk, request);
CREATE INDEX request_region ON request (region, request);
CREATE INDEX request_state ON request (state, request);
CREATE INDEX request_requester ON request (requester);
CREATE INDEX request_contacts ON request USING gin (contacts);
CREATE INDEX request_contact ON request (contact);
CREATE INDEX request_adviser ON request (adviser);

CREATE TABLE proposal (
    proposal uuid PRIMARY KEY,
    request uuid NOT NULL REFERENCES request,
    adviser uuid NOT NULL REFERENCES person,
    contact uuid REFERENCES person,
    score int NOT NULL CHECK (score BETWEEN 0 AND 100),
    reasons jsonb NOT NULL,
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'accepted', 'declined', 'withdrawn')),
    refusal text,
    proposed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX proposal_request ON proposal (request, proposal);
CREATE INDEX proposal_adviser ON proposal (adviser);
CREATE INDEX proposal_contact ON proposal (contact);
-- One adviser is asked once at a time for one request.
CREATE UNIQUE INDEX proposal_asked ON proposal (request, adviser) WHERE state IN ('proposed', 'accepted');
