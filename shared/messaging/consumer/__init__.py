"""The way in: batches from Kafka take effect once, in the order of each key, or their keys are parked."""
