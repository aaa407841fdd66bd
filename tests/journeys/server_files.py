"""What the servers write besides tables and records: their logs, and what Kafka keeps of its own."""

from collections.abc import Iterator
from pathlib import Path

from shared.messaging.kafka import Kafka

INDEXES = {".index", ".timeindex", ".txnindex"}


def find_quoting_files(home: Path, kafka: Kafka, texts: tuple[str, ...]) -> set[Path]:
    """The files in which any of these texts stands, in capitals or not."""
    wanted = [text.lower().encode() for text in texts]
    return {
        file for file in (*(home / "logs").glob("*.log"), *_list_state(home, kafka)) if _has_any(file, wanted)
    }


def _has_any(file: Path, texts: list[bytes]) -> bool:
    try:
        content = file.read_bytes().lower()
    except FileNotFoundError:  # a draft that got its name meanwhile
        return False
    return any(text in content for text in texts)


def _list_state(home: Path, kafka: Kafka) -> Iterator[Path]:
    """Checkpoints, snapshots, and the topics of Kafka itself; of this corner's topics all but indexes and records."""
    for folder in home.glob("data/kafka-*/log"):
        yield from (file for file in folder.iterdir() if file.is_file())
        for file in folder.glob("__*/*"):
            if file.suffix not in INDEXES:
                yield file
        for file in folder.glob(f"{kafka.prefix}*/*"):
            if file.suffix not in {*INDEXES, ".log"}:
                yield file
