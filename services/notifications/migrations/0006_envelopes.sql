-- From whom and to whom a mail was when it was tried first: a repeat is the same, whoever has another name by then.
-- Addresses are kept no longer than it may be sent.
ALTER TABLE delivery ADD COLUMN envelope jsonb;
ALTER TABLE delivery ADD CONSTRAINT delivery_envelope_while_open CHECK (envelope IS NULL OR state IN ('due', 'held'));
