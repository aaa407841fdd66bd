"""The folder that holds one run's data, logs and secrets, its lock, and how all of it is deleted.

    .alumnibus/             in the checkout, for the demo; tests use a folder that they throw away
      downloads/            Kafka's jars, kept by `make reset`
      data/  logs/  mail/   what the servers and the services write
      lists/                the journey's input, and when it first began
      partners/             the files of the demo's partners: how to be one
      secrets/              passwords and keys, made at the first start, and the services' settings while they run;
                            readable by their owner only
      lock                  held by the launcher, and by its watcher until the servers have ended

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who can't enter the home folder, so
its binaries and its data then lie under /var/tmp/alumnibus.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.failure import Failed, build_disk_failure

CHECKOUT = Path(__file__).parents[2]
HOME = CHECKOUT / ".alumnibus"
DOWNLOADS = HOME / "downloads"
OUTSIDE = Path("/var/tmp/alumnibus")
NEEDED_MB = 600


@contextmanager
def locked_home(home: Path) -> Iterator[int]:
    """Make the folder and hold it alone; gives the lock's file descriptor. `Failed` if somebody else has it."""
    try:
        for folder in (home, home / "data", home / "logs", home / "secrets"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_space(home)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise build_disk_failure(error, home) from error
    try:
        _take_lock(lock, home)
        yield lock
    finally:
        os.close(lock)


def check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MB:
        raise Failed(
            f"Only {free} MB are free on the disk of {folder} and {NEEDED_MB} MB are needed: free some space."
        )


def _take_lock(lock: int, home: Path) -> None:
    """After a launcher was killed, its watcher holds the lock until the servers are gone: wait for that."""
    deadline = time.monotonic() + 15
    while not _try_lock(lock):
        owner = os.pread(lock, 20, 0).decode()
        if _is_alive(owner) or time.monotonic() > deadline:
            raise Failed(f"Alumnibus already runs in {home} (process {owner}): end that one first.")
        time.sleep(0.1)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(home: Path) -> bool:
    """Whether somebody holds the folder now."""
    try:
        lock = os.open(home / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _make_secret() -> str:
    return secrets.token_hex(32)


def get_secret(home: Path, name: str, make: Callable[[], str] = _make_secret) -> str:
    """What `make` makes, 32 random bytes in hex if nothing else is asked for; the same at every call with this name."""
    path = home / "secrets" / name
    if not path.exists():
        write_private(path, make())
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read; it's there when it's whole."""
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.rename(path)


def fresh_log(home: Path, name: str) -> Path:
    """An empty log for this run; the log of the run before is kept beside it."""
    log = home / "logs" / f"{name}.log"
    if log.exists():
        log.rename(log.with_suffix(".previous.log"))
    log.touch(mode=0o600)
    return log


def postgres_folder(home: Path) -> Path:
    """The folder for PostgreSQL's data: in the home, or outside when root starts it (made if missing)."""
    if os.geteuid() != 0:
        return home / "data"
    make_outside_folders()
    _delete_orphaned_data()
    folder = OUTSIDE / "data" / get_secret(home, "place")[:16]
    claim = folder / "home"
    if claim.exists() and claim.read_text() != str(home.resolve()):
        raise Failed(f"{home} was copied or moved with its data: delete the data with `make reset`.")
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    claim.write_text(str(home.resolve()))
    return folder


def make_outside_folders() -> None:
    """/var/tmp belongs to everybody: trust the folder there only if it is root's own."""
    for folder in (OUTSIDE, OUTSIDE / "data"):
        folder.mkdir(mode=0o711, exist_ok=True)
        state = folder.lstat()
        if folder.is_symlink() or state.st_uid != 0 or state.st_mode & 0o022:
            raise Failed(f"{folder} is not root's own folder: remove it and start again.")


def _delete_orphaned_data() -> None:
    """Remove the data of homes that were deleted by hand."""
    for claim in (OUTSIDE / "data").glob("*/home"):
        owner = Path(claim.read_text()) / "secrets" / "place"
        if not owner.exists() or owner.read_text()[:16] != claim.parent.name:
            shutil.rmtree(claim.parent, ignore_errors=True)


def reset_home(home: Path) -> None:
    """Remove all data, logs, mail and secrets of this home; downloads stay. `Failed` while it is in use."""
    if not home.exists():
        return
    with locked_home(home):
        token = home / "secrets" / "place"
        if os.geteuid() == 0 and token.exists():
            _delete_outside_data(OUTSIDE / "data" / token.read_text()[:16], home)
        for entry in home.iterdir():
            if entry.is_dir() and entry.name != DOWNLOADS.name:
                shutil.rmtree(entry)


def _delete_outside_data(folder: Path, home: Path) -> None:
    claim = folder / "home"
    if claim.exists() and claim.read_text() == str(home.resolve()):
        shutil.rmtree(folder)
