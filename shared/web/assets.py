"""The pages' static files, under names that carry a hash of their content, so that a browser may keep them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("static")
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    kind: str


@cache
def names() -> Mapping[str, str]:
    """The name that is served, by the file's own name: alumnibus.css is alumnibus.1f2e3d4c5b6a.css."""
    return {
        path.name: f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        for path in FOLDER.iterdir()
        if path.suffix in KINDS
    }


@cache
def assets() -> Mapping[str, Asset]:
    """Each file by the name that is served."""
    return {
        served: Asset((FOLDER / name).read_bytes(), KINDS[(FOLDER / name).suffix])
        for name, served in names().items()
    }
