"""Jars: downloaded once from Maven Central, each checked against a committed list of SHA-256; Kafka's if none is named.

`python -m deploy.local.jars FOLDER [LIST]` downloads what is missing in FOLDER. It runs as a process of its own, so
that the launcher can end a download that hangs, and trusts the system's certificates, as a company's proxy needs.
"""

import hashlib
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import truststore
from jgo.maven import MavenContext

from deploy.local.failure import Failed

LIST = Path(__file__).with_name("kafka-jars.sha256")


def read_list(listed: Path | None = None) -> dict[str, str]:
    """SHA-256 in hex by Maven coordinate `group:artifact:version`."""
    rows = (line.split() for line in (listed or LIST).read_text().splitlines())
    return {coordinate: digest for digest, coordinate in rows}


def file_name(coordinate: str) -> str:
    _, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def list_missing(folder: Path, listed: Path | None = None) -> list[str]:
    """The coordinates whose jar isn't in the folder yet; a jar gets there only after its check."""
    return [coordinate for coordinate in read_list(listed) if not (folder / file_name(coordinate)).exists()]


def download_missing(folder: Path, listed: Path | None = None) -> None:
    """Fill the folder; any jar that differs from the list ends this with `Failed`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as draft, ThreadPoolExecutor(8) as pool:
        context = MavenContext(repo_cache=Path(draft))
        missing = list_missing(folder, listed)
        for _ in pool.map(lambda coordinate: fetch_jar(context, coordinate, folder, listed), missing):
            pass


def fetch_jar(context: MavenContext, coordinate: str, folder: Path, listed: Path | None = None) -> None:
    group, artifact, version = coordinate.split(":")
    path = context.project(group, artifact).at_version(version).artifact().resolve()
    if hashlib.sha256(path.read_bytes()).hexdigest() != read_list(listed)[coordinate]:
        raise Failed(
            f"{coordinate} is not the file that {(listed or LIST).name} lists: the download was changed on its way."
        )
    os.replace(path, folder / file_name(coordinate))


def main() -> int:
    truststore.inject_into_ssl()
    try:
        download_missing(*map(Path, sys.argv[1:]))
    except Failed as failed:
        sys.stderr.write(f"{failed.sentence}\n")
        return 1
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
