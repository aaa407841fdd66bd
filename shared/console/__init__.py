"""The operator's console of a service: what the command line does with parked keys and failed items, on pages."""
