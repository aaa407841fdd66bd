-- A restore brought it back unfinished: its rows may have been worked on before, and whom it invites been invited.
ALTER TABLE import ADD COLUMN restored boolean NOT NULL DEFAULT false;
