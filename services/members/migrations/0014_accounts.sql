-- Who signs in; what every service holds of it is in `account`. One that is closed stays, and says nothing of anybody.
CREATE TABLE opened_account (
    account uuid PRIMARY KEY,
    member uuid REFERENCES member,
    version bigint NOT NULL DEFAULT 1,
    not_before timestamptz,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed boolean NOT NULL DEFAULT false
);
CREATE INDEX opened_account_member ON opened_account (member);

-- How an issuer names an account. The issuer `mailto:` is the mailbox itself: its subject is the key of an address that
-- was proved by a link.
CREATE TABLE identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    account uuid NOT NULL REFERENCES opened_account,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account);

-- Addresses that a member has proved, besides the one in the profile, which is the primary one.
CREATE TABLE member_address (
    address_key text PRIMARY KEY,
    member uuid NOT NULL REFERENCES member ON DELETE CASCADE,
    address text NOT NULL,
    proved_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX member_address_member ON member_address (member);

-- What an account may do for others. Without an account it waits for whoever proves the address.
CREATE TABLE mandate (
    mandate uuid PRIMARY KEY,
    role text NOT NULL,
    scope text NOT NULL,
    account uuid REFERENCES opened_account,
    address text,
    address_key text,
    given_by uuid,
    given_at timestamptz NOT NULL DEFAULT now(),
    since timestamptz,
    taken_by uuid,
    until timestamptz,
    CHECK ((account IS NULL) = (since IS NULL)),
    CHECK (account IS NOT NULL OR address_key IS NOT NULL)
);
CREATE UNIQUE INDEX mandate_held ON mandate (account, role, scope) WHERE until IS NULL AND account IS NOT NULL;
CREATE UNIQUE INDEX mandate_waiting ON mandate (address_key, role, scope) WHERE until IS NULL AND account IS NULL;
CREATE INDEX mandate_scope ON mandate (scope, mandate) WHERE until IS NULL;
CREATE INDEX mandate_account ON mandate (account);
CREATE INDEX mandate_address ON mandate (address_key);
