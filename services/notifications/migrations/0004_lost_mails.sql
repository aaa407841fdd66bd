-- How often a mail was claimed and nothing became known of it, as when its process died: it may be what ended it.
ALTER TABLE delivery ADD COLUMN losses int NOT NULL DEFAULT 0;
