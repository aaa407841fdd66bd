"""The way of a message: outbox, relay, Kafka, inbox. At least once in transport, once in effect, ordered by key."""
