"""The programs of `examples/` as tests use them: their modules, and the settings that a partner has."""

import importlib.util
from pathlib import Path
from typing import Any

from deploy.kafka.client_files import LIBRDKAFKA, write_files
from shared.messaging.kafka import Kafka

EXAMPLES = Path(__file__).parents[2] / "examples"


def load_program(path: str) -> Any:
    """The module of a program, which belongs to no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_settings(folder: Path, kafka: Kafka) -> Path:
    """The file that comes with the credentials."""
    write_files(folder, kafka)
    return folder / LIBRDKAFKA
