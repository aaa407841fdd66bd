"""A small disk of its own for a server's folder, and something large that lies on it."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = bytes(64 * 1024)
PATIENCE_SECONDS = 60


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """What is in the folder lies on a disk of this size until the block ends. Its server must not run at either end.

    Raises AssertionError where the machine gives no such disk: it takes Linux, and root.
    """
    aside = folder.rename(folder.with_name(f"{folder.name}.aside"))
    folder.mkdir()
    try:
        _run_command("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
        try:
            _run_command("cp", "-a", f"{aside}/.", str(folder))
            try:
                yield
            finally:
                shutil.rmtree(aside)
                _run_command("cp", "-a", str(folder), str(aside))
        finally:
            _run_command("umount", str(folder))
    finally:
        folder.rmdir()
        aside.rename(folder)


def fill_disk(folder: Path) -> None:
    """Take all the space that is left there."""
    file = os.open(_ballast_file(folder), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        while True:
            os.write(file, CHUNK)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    finally:
        os.close(file)


def free_disk(folder: Path) -> None:
    """Give the space back that `fill` took."""
    _ballast_file(folder).unlink()


def _ballast_file(folder: Path) -> Path:
    return folder / "ballast"


def _run_command(*command: str) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        raise AssertionError(f"this machine gives no small disk: it has no {command[0]}") from None
    assert done.returncode == 0, f"this machine gives no small disk: {done.stderr.strip()}"
