-- Whether an operator did it, who may not be one any more.
ALTER TABLE audit ADD COLUMN by_operator boolean NOT NULL DEFAULT false;
