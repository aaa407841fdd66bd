"""How the launcher fails: one sentence that says what and what to do, and the last lines of the log."""

import errno
from pathlib import Path

REMEDIES = (
    ("No space left on device", "the disk is full; free some space and start again"),
    ("Address already in use", "its port was taken by another program meanwhile; start again"),
    ("could not create any TCP/IP sockets", "its port was taken by another program meanwhile; start again"),
    ("insufficient memory", "there is too little free memory; end other programs and start again"),
    ("Cannot allocate memory", "there is too little free memory; end other programs and start again"),
    ("incompatible with server", "the data is of another version; delete it with `make reset`"),
    ("not a database cluster directory", "its data is damaged; delete it with `make reset`"),
    ("could not locate a valid checkpoint", "its data is damaged; delete it with `make reset`"),
)


class Failed(Exception):
    """A part could not do its work: `sentence` for a reader, `log_tail` the end of that part's log."""

    def __init__(self, sentence: str, log_tail: str = "") -> None:
        super().__init__(f"{sentence}\n{log_tail}" if log_tail else sentence)
        self.sentence = sentence
        self.log_tail = log_tail


def read_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log without Java's stack frames; empty if there is no log yet."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 16_384))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join([line for line in text.splitlines() if not line.startswith("\tat ")][-lines:])


def build_failure(what: str, log: Path) -> Failed:
    """`what` (without its full stop), completed by the known cause that the end of the log names."""
    end = read_tail(log, lines=60)
    cause = next((remedy for sign, remedy in REMEDIES if sign in end), f"its log is {log}")
    return Failed(f"{what}: {cause}.", read_tail(log))


def build_disk_failure(error: OSError, folder: Path) -> Failed:
    """What an error of the file system means to the person who starts this."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failed(f"The disk that holds {folder} is full: free about 1 GB and start again.")
    return Failed(f"{folder} can't be used ({error}): check who owns it and start again.")
