"""A relay from outside Python: Watermill's SQL-to-Kafka forwarder, built from the Go program beside this."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = "watermill-forwarder"
BUILD_SECONDS = 600


class NotBuilt(Exception):
    """One sentence that says why there is no forwarder."""


def build_forwarder(folder: Path) -> None:
    """Make the forwarder in a folder, in the versions that go.sum lists. Raises `NotBuilt`."""
    go = shutil.which("go")
    if go is None:
        raise NotBuilt("Watermill takes no part, since Go isn't installed (1.23 or newer).")
    folder.mkdir(parents=True, exist_ok=True)
    command = (go, "build", "-mod=readonly", "-o", str(folder / PROGRAM), ".")
    try:
        built = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotBuilt(f"Watermill takes no part, since it wasn't built in {error.timeout:.0f} s.") from None
    if built.returncode:
        last = (built.stderr.strip().splitlines() or ["go build said nothing"])[-1]
        raise NotBuilt(f"Watermill takes no part, since it couldn't be built: {last}")
