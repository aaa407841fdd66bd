"""Records compared with an AsyncAPI document, as a partner who has nothing else would do it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from jsonschema_rs import Validator, validator_for

from shared.contracts.json_schemas import FOLDER


def read_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by the names of their files, as the repository has them."""
    return {path.name: json.loads(path.read_bytes()) for path in FOLDER.glob("*.v?.json")}


class Documents:
    """The document, with the schemas to which it refers by their files' names."""

    def __init__(self, document: Mapping[str, Any], schemas: Mapping[str, dict[str, Any]]) -> None:
        self.document = document
        self._schemas = schemas
        self._compile = cache(self._compile_part)

    def find_channel(self, topic: str) -> str | None:
        """The channel of a topic's name on the broker."""
        for name, channel in self.document["channels"].items():
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[a-z0-9-]+", re.escape(channel["address"])), topic):
                return str(name)
        return None

    def find_faults(
        self, channel: str, headers: Sequence[tuple[str, bytes]], key: bytes, value: bytes | None
    ) -> Iterator[str]:
        """What of a record is otherwise than documented."""
        told = {name: held.decode() for name, held in headers}
        message = self.document["channels"][channel]["messages"].get(told.get("ce_type"))
        if message is None:
            yield f"{channel} has no message {told.get('ce_type')}"
            return
        yield from (
            f"the header {name} is undocumented"
            for name in told.keys() - message["headers"]["properties"].keys()
        )
        yield from self._find(channel, message["name"], "headers", told)
        yield from self._find(channel, message["name"], "key", key.decode())
        payload = None if value is None else json.loads(value)
        yield from self._find(channel, message["name"], "payload", payload)
        if isinstance(payload, dict):
            fields = self._resolve(message["payload"])["properties"]
            yield from (f"the field {name} is undocumented" for name in payload.keys() - fields.keys())

    def _find(self, channel: str, message: str, part: str, instance: Any) -> Iterator[str]:
        for error in self._compile(channel, message, part).iter_errors(instance):
            yield f"{channel} {message}, {part} {'.'.join(map(str, error.instance_path))}: {error.message}"

    def _compile_part(self, channel: str, message: str, part: str) -> Validator:
        described = self.document["channels"][channel]["messages"][message]
        schema = described["bindings"]["kafka"]["key"] if part == "key" else self._resolve(described[part])
        return validator_for(schema, validate_formats=True)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        return self._schemas[schema["$ref"]] if "$ref" in schema else schema
