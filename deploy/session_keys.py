"""The keys of sessions: members signs with one, every service reads with the public ones of three, so that a rotation
signs nobody out and asks for no order of restarts."""

import json
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from joserfc.jwk import OKPKey

from deploy.postgres.roles import SERVICES
from deploy.secret_files import write_secret

SIGNING, NEXT, PUBLIC = (
    "alumnibus_session_signing_key",
    "alumnibus_session_next_key",
    "alumnibus_session_keys",
)


def make_key() -> str:
    """A new private key, as JWK."""
    key = OKPKey.generate_key("Ed25519", {"kid": uuid4().hex, "use": "sig", "alg": "Ed25519"})
    return json.dumps(key.as_dict(private=True))


def publish_keys(private: Iterable[str]) -> str:
    """The public parts of these keys, as JWK set."""
    keys = [OKPKey.import_key(json.loads(each)) for each in private]
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def make_missing_keys(folder: Path) -> list[str]:
    """Make the keys that aren't there, and tell the services of those that are; returns the new files' names."""
    members, made = folder / "members", []
    for name in (SIGNING, NEXT):
        if not (members / name).exists():
            write_secret(members / name, make_key())
            made.append(f"members/{name}")
    keys = publish_keys((members / name).read_text("utf-8") for name in (SIGNING, NEXT))
    untold = [service for service in SERVICES if made or not (folder / service / PUBLIC).exists()]
    for service in untold:
        write_secret(folder / service / PUBLIC, keys)
    return [*made, *(f"{service}/{PUBLIC}" for service in untold)]


def rotate_keys(folder: Path) -> None:
    """Let the next key sign from members' next start on; sessions of the key before go on until they end."""
    members = folder / "members"
    before, now = ((members / name).read_text("utf-8") for name in (SIGNING, NEXT))
    after = make_key()
    for service in SERVICES:
        write_secret(folder / service / PUBLIC, publish_keys((before, now, after)))
    write_secret(members / SIGNING, now)
    write_secret(members / NEXT, after)
