-- In the order in which a coordinator reads those in the name of an organisation.
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_organisation ON delivery (organisation, place);
