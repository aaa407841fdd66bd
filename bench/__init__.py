"""The contest: the messaging core against a naive way of doing it and against its own serial limit."""
