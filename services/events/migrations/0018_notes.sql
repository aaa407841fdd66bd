-- What the hosts of an offer keep in mind of a registration; nobody else reads it, and no topic has it.
ALTER TABLE registration ADD COLUMN note text NOT NULL DEFAULT '';
