-- The organisation whose coordinators staff the desk; desks without one are staffed by operators.
ALTER TABLE desk ADD COLUMN organisation text;
