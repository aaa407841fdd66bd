-- What isn't sent yet by its offer and member: a page of members at a time it is superseded.
DROP INDEX delivery_open_offer;
CREATE INDEX delivery_open_offer ON delivery (offer, member)
    WHERE state IN ('waiting', 'due', 'held') AND offer IS NOT NULL;
