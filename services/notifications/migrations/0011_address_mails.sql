-- Mails to addresses that wait to be sent. A row goes as soon as a server has taken its mail, has refused it for good, or
-- it isn't valid any more: nothing is kept of it.
CREATE TABLE address_mail (
    mail uuid PRIMARY KEY,
    data jsonb NOT NULL,
    member uuid,
    correlation_id text,
    valid_until timestamptz NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX address_mail_due ON address_mail (due_at);
CREATE INDEX address_mail_valid ON address_mail (valid_until);
CREATE INDEX address_mail_member ON address_mail (member);
