"""How FastStream signs in at the brokers."""

from faststream.security import BaseSecurity, SASLScram512

from shared.messaging.kafka import Kafka


def build_security(kafka: Kafka) -> BaseSecurity:
    """The same as `Kafka.client_options`, as FastStream wants it."""
    context = kafka.ssl_context
    if not kafka.user:
        return BaseSecurity(ssl_context=context)
    return SASLScram512(kafka.user, kafka.password, ssl_context=context)
