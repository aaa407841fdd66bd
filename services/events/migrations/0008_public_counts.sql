-- What the world sees of an offer is called as it is of a request.
ALTER TABLE offer RENAME COLUMN told_registered TO public_registered;
ALTER TABLE offer RENAME COLUMN told_waiting TO public_waiting;
ALTER TABLE offer RENAME COLUMN told_at TO released_at;
