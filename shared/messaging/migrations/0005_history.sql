-- Records in front of it were on the topic when this database was restored to an earlier time: the service may have
-- applied them before that.
ALTER TABLE position ADD COLUMN history_end bigint NOT NULL DEFAULT 0;
