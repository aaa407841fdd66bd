"""A record as a partner reads it: with the official SDK of CloudEvents, which refuses what isn't one."""

import re
from collections.abc import Iterable

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

# RFC 3986, 4.3: a scheme, and no fragment. The SDKs of Go and JavaScript ask for it, this one doesn't.
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^#\s]+")


def read_event(headers: Iterable[tuple[str, bytes]], key: bytes, value: bytes | None) -> BaseCloudEvent:
    """The event in a record. Raises whatever the SDK says of one that is none."""
    event = from_binary(KafkaMessage(dict(headers), key, value or b""), JSONFormat())
    schema = event.get_dataschema()
    assert schema is None or ABSOLUTE.fullmatch(schema), schema
    return event
