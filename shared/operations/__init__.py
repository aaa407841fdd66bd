"""What operators do with a service: the command line, and the recovery procedures behind it."""
