-- Cancelled offers of which not all who registered have been told: up to which member they have. `restored`: a restore
-- brought it back, so that some may have been told before.
CREATE TABLE cancellation (
    offer uuid PRIMARY KEY,
    told_upto uuid,
    restored boolean NOT NULL
);

-- In the order in which they are told.
DROP INDEX registration_offer;
CREATE INDEX registration_offer ON registration (offer, member);
