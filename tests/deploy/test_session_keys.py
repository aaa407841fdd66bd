"""The keys of sessions are rotated without signing anyone out, and without an order of restarts."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from deploy.postgres.roles import SERVICES
from deploy.session_keys import NEXT, PUBLIC, SIGNING, make_missing_keys, rotate_keys
from shared.access.sessions import Session, SessionReader, SessionSigner

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def sign(folder: Path) -> str:
    """A session as members signs it after a restart."""
    signer = SessionSigner((folder / "members" / SIGNING).read_text())
    return signer.sign_session(Session(uuid4(), None, NOW, NOW))


def read_keys(folder: Path) -> dict[str, str]:
    return {service: (folder / service / PUBLIC).read_text() for service in SERVICES}


def is_read(token: str, keys: str) -> bool:
    return SessionReader(keys).read_session(token, NOW) is not None


def test_a_second_start_makes_no_key_anew_and_a_lost_public_one_again(tmp_path: Path) -> None:
    assert len(make_missing_keys(tmp_path)) == 2 + len(SERVICES)
    before = read_keys(tmp_path)
    assert make_missing_keys(tmp_path) == []
    (tmp_path / "events" / PUBLIC).unlink()
    assert make_missing_keys(tmp_path) == [f"events/{PUBLIC}"]
    assert read_keys(tmp_path) == before


def test_only_members_can_sign(tmp_path: Path) -> None:
    make_missing_keys(tmp_path)
    rotate_keys(tmp_path)
    for keys in read_keys(tmp_path).values():
        assert '"d"' not in keys
    private = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if '"d"' in _read(path)]
    assert sorted(map(str, private)) == [f"members/{NEXT}", f"members/{SIGNING}"]


def test_a_rotation_signs_nobody_out_in_whatever_order_the_services_start_again(tmp_path: Path) -> None:
    make_missing_keys(tmp_path)
    old_session, old_keys = sign(tmp_path), read_keys(tmp_path)["events"]
    rotate_keys(tmp_path)
    new_session, new_keys = sign(tmp_path), read_keys(tmp_path)["events"]
    for token in (old_session, new_session):
        assert is_read(token, old_keys)
        assert is_read(token, new_keys)


def test_a_key_that_became_known_counts_no_more_after_two_rotations(tmp_path: Path) -> None:
    make_missing_keys(tmp_path)
    session = sign(tmp_path)
    rotate_keys(tmp_path)
    rotate_keys(tmp_path)
    assert not is_read(session, read_keys(tmp_path)["matching"])


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
