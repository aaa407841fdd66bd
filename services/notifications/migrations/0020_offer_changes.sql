-- Offers with another date or place of which not all who registered have been told: which of both, by which message, and
-- up to which member they have. `restored`: a restore brought it back, so that some may have been told before.
CREATE TABLE offer_change (
    offer uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    dates boolean NOT NULL,
    place boolean NOT NULL,
    told_upto uuid,
    restored boolean NOT NULL
);
