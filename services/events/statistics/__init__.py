"""Statistics of the service, without persons."""
