-- Of which topic the position is: a topic that is made anew under its old name has another id. NULL: not known yet.
ALTER TABLE position ADD COLUMN topic_id uuid;
