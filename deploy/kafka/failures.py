"""What an operator of Kafka reads when a command can't be carried out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError
from pydantic import ValidationError

MISUSED = 2


class ClusterUnusable(Exception):
    """The brokers didn't answer, didn't let the administrator in, or refused what was asked; the text says which."""


@contextmanager
def failure_sentences() -> Iterator[None]:
    """End the process with one sentence where an operator can mend it: a setting, or brokers that can't be used."""
    try:
        yield
    except ValidationError as error:
        wrong = "; ".join(
            f"ALUMNIBUS_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
        )
        sys.stderr.write(f"The settings can't be used: {wrong}.\n")
        sys.exit(MISUSED)
    except (FileNotFoundError, PermissionError) as error:
        sys.exit(f"{error.filename} can't be used: {error.strerror}.")
    except (KafkaError, TimeoutError, ClusterUnusable) as error:
        reason = str(error) if isinstance(error, ClusterUnusable) else type(error).__name__
        sys.exit(
            f"Kafka can't be used ({reason}): is it up, are ALUMNIBUS_KAFKA, ALUMNIBUS_KAFKA_USER and "
            "ALUMNIBUS_KAFKA_PASSWORD right?"
        )
