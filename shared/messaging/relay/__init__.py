"""The way out: what the outbox holds goes to Kafka, in order, by one leader a schema."""
