-- A link that goes by mail to an address. Of it, of the browser that asked, and of the digits shown there, hashes alone
-- are kept; the row goes an hour after it was made. `account`: who proves one more address of their own by it.
CREATE TABLE sign_in_link (
    token_hash bytea PRIMARY KEY,
    address text NOT NULL,
    address_key text NOT NULL,
    browser_hash bytea NOT NULL,
    digits_hash bytea NOT NULL,
    account uuid REFERENCES opened_account,
    back text NOT NULL,
    tries int NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX sign_in_link_address ON sign_in_link (address_key, asked_at);
CREATE INDEX sign_in_link_asked ON sign_in_link (asked_at);

-- Somebody is on the way to an issuer and back. The row goes when they are back: nobody comes back twice.
CREATE TABLE sign_in_errand (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    issuer text NOT NULL,
    back text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_errand_asked ON sign_in_errand (asked_at);
