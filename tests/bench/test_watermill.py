"""Where the forwarder can't be built, the contest says why in one sentence and goes on without it."""

import os
import stat
from pathlib import Path

import pytest

from bench.peers.watermill import NotBuilt, build_forwarder


def test_without_go_the_reason_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(
        NotBuilt, match=r"^Watermill takes no part, since Go isn't installed \(1\.23 or newer\)\.$"
    ):
        build_forwarder(tmp_path)


def test_what_stops_the_build_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho downloading >&2\necho no network >&2\nexit 1\n")
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")

    with pytest.raises(NotBuilt, match=r"^Watermill takes no part, since it couldn't be built: no network$"):
        build_forwarder(tmp_path)
