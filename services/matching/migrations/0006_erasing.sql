-- Members who are being erased: more requests name them than one transaction changes, and they are read and published
-- without them meanwhile. `ordered_at` is that of the order to report when it is done; NULL: a tombstone alone.
CREATE TABLE erasing (
    member uuid PRIMARY KEY,
    correlation_id text NOT NULL,
    restored boolean NOT NULL,
    ordered_at timestamptz
);
