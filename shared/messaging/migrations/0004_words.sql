-- The field's words: an in-doubt page, a segment roll.
ALTER TABLE doubt RENAME TO in_doubt;
ALTER TABLE roll RENAME TO segment_roll;
