"""Traces of OpenTelemetry: what a request set off, through all services."""
