-- The organisation whose coordinators staff the desk; desks without one are staffed by operators.
ALTER TABLE desk ADD COLUMN organisation text;

-- The lists of a desk: of each state in the order in which they were asked.
CREATE INDEX request_desk_state ON request (desk, state, request);
DROP INDEX request_desk;
