"""Tools for tests on real parts: databases from a template, services in this process, topics read and awaited."""
