-- In the order in which a coordinator reads those in the name of an organisation that are in one state.
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_organisation_state ON delivery (organisation, state, place);
