"""The launcher: real Kafka, real PostgreSQL and the four services as children of one process."""
