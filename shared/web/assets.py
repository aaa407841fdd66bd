"""The pages' static files, under names that carry a hash of their content, so that a browser may keep them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from shared.access.serving import PUBLIC
from shared.contracts.refusals import NotFound

FOLDER = Path(__file__).with_name("static")
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
YEAR_SECONDS = 365 * 24 * 3600

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    media_type: str


@router.get("/static/{name}")
async def read_asset(name: str) -> Response:
    """A file under its hashed name, for a year. Raises `NotFound`."""
    asset = _load_assets().get(name)
    if asset is None:
        raise NotFound("file-unknown", "There is no such file.")
    headers = {"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def asset_path(name: str) -> str:
    """The path of a file by its own name: /static/alumnibus.1f2e3d4c5b6a.css for alumnibus.css."""
    return f"/static/{_hashed_names()[name]}"


@cache
def _hashed_names() -> Mapping[str, str]:
    return {
        path.name: f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        for path in FOLDER.iterdir()
        if path.suffix in MEDIA_TYPES
    }


@cache
def _load_assets() -> Mapping[str, Asset]:
    return {
        hashed: Asset((FOLDER / name).read_bytes(), MEDIA_TYPES[(FOLDER / name).suffix])
        for name, hashed in _hashed_names().items()
    }
