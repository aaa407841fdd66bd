-- Who may do what, as members tells it. A row that is `gone` stays: sessions of that account are over for good.
CREATE TABLE account (
    account uuid PRIMARY KEY,
    member uuid,
    mandates jsonb NOT NULL DEFAULT '[]',
    not_before timestamptz,
    gone boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL
);
CREATE INDEX account_member ON account (member);

-- By what the tokens of an issuer name the account.
CREATE TABLE account_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    account uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX account_identity_account ON account_identity (account);
