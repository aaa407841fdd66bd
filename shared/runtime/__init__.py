"""A service as a process: settings, logs, HTTP, health, work that waits for a time."""
