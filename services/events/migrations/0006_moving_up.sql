-- Offers in which more seats became free than one transaction gives to those who wait.
CREATE TABLE moving_up (
    offer uuid PRIMARY KEY REFERENCES offer
);
