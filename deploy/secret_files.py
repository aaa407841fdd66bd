"""Files of secrets, each in the folder of the process that reads it."""

import os
from pathlib import Path


def write_secret(path: Path, text: str, mode: int = 0o444) -> None:
    """Write the file; it's there when it's whole.

    If no mode is given, whoever is in the process's container may read it: a server of another image runs under an id
    that we don't know.
    """
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
