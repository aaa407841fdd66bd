-- Members who asked for all that is stored about them; at most one at a time. It goes at `expires_at` with all that was
-- gathered. `page` is where the member sees it, "https://host/…".
CREATE TABLE disclosure (
    member uuid PRIMARY KEY REFERENCES member ON DELETE CASCADE,
    asked_at timestamptz NOT NULL DEFAULT now(),
    ready_at timestamptz,
    expires_at timestamptz NOT NULL,
    page text NOT NULL
);
CREATE INDEX disclosure_expires ON disclosure (expires_at);

-- What each service has told: `parts` is how many there are, once that is known. `asked_at` is when it was asked last.
CREATE TABLE disclosure_answer (
    member uuid NOT NULL REFERENCES disclosure ON DELETE CASCADE,
    service text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    parts int,
    complete_at timestamptz,
    PRIMARY KEY (member, service)
);
CREATE INDEX disclosure_answer_open ON disclosure_answer (asked_at) WHERE complete_at IS NULL;

CREATE TABLE disclosure_part (
    member uuid NOT NULL,
    service text NOT NULL,
    part int NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (member, service, part),
    FOREIGN KEY (member, service) REFERENCES disclosure_answer ON DELETE CASCADE
);
