"""The home keeps secrets to its owner, is held by one launcher, and can be deleted."""

from pathlib import Path

import pytest

from deploy.local import home as homes
from deploy.local.failure import Failed
from deploy.local.home import fresh_log, get_secret, locked_home, reset_home


def test_a_secret_stays_the_same_and_is_its_owners_only(tmp_path: Path) -> None:
    with locked_home(tmp_path):
        first = get_secret(tmp_path, "public-ids")

        assert get_secret(tmp_path, "public-ids") == first
        assert len(bytes.fromhex(first)) == 32
        assert (tmp_path / "secrets" / "public-ids").stat().st_mode & 0o777 == 0o600


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    with locked_home(tmp_path):
        fresh_log(tmp_path, "kafka").write_text("yesterday")
        log = fresh_log(tmp_path, "kafka")

    assert log.read_text() == ""
    assert log.with_suffix(".previous.log").read_text() == "yesterday"


def test_a_reset_keeps_downloads_only(tmp_path: Path) -> None:
    with locked_home(tmp_path):
        get_secret(tmp_path, "members")
        (tmp_path / "downloads").mkdir()
    reset_home(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"downloads", "lock"}


def test_a_home_in_use_is_not_deleted(tmp_path: Path) -> None:
    with locked_home(tmp_path), pytest.raises(Failed, match="already runs in"):
        reset_home(tmp_path)


def test_a_full_disk_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "NEEDED_MB", 10**9)

    with (
        pytest.raises(Failed, match=r"Only \d+ MB are free on the disk of .*: free some space"),
        locked_home(tmp_path),
    ):
        pass
