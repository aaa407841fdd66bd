-- When anything changed last that pages show.
CREATE INDEX offer_changed ON offer (changed_at);
CREATE INDEX organisation_sequence ON organisation (sequence);
