-- How the list was understood: encoding, separator, where its header is. NULL: it was uploaded before that was noted.
ALTER TABLE import ADD COLUMN layout jsonb;
