"""The page of all offers, with its filters, by list, month and country."""
