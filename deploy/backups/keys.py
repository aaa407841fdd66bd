"""The secrets that belong to the data: another machine can't make them anew."""

import json
from pathlib import Path

from deploy.backups.manifest import Refused
from deploy.secret_files import write_secret

# From it all public ids are made: where it is the same, the data is this machine's own.
PUBLIC_IDS = "members/alumnibus_public_id_secret"
PACKED = (PUBLIC_IDS, "notifications/alumnibus_smtp", "authority/ca.key", "authority/ca.pem")
PRIVATE = {"authority/ca.key": 0o600, "authority/ca.pem": 0o600}


def pack_secrets(folder: Path) -> str:
    """All of them, as JSON. Raises OSError for one that isn't there."""
    return json.dumps({name: (folder / name).read_text("utf-8") for name in PACKED}, indent=1)


def bring_secrets(folder: Path, packed: str) -> list[str]:
    """Put them in the place of this machine's, if they are another's; returns the names of those that were brought.
    Raises `Refused`."""
    try:
        secrets = {name: str(json.loads(packed)[name]) for name in PACKED}
    except (ValueError, KeyError, TypeError):
        raise Refused("Its secrets.json can't be read.") from None
    present = folder / PUBLIC_IDS
    if present.exists() and present.read_text("utf-8") == secrets[PUBLIC_IDS]:
        return []
    for name, text in secrets.items():
        write_secret(folder / name, text, PRIVATE.get(name, 0o444))
    return list(secrets)
