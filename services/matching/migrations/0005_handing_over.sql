-- Desks of which more open requests are to be routed again than one transaction does.
CREATE TABLE handing_over (
    region text PRIMARY KEY REFERENCES desk
);
