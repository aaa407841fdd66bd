"""What the scripts need of this build, from standard input to standard output.

`python -m deploy.backups describe VERSION TIME`, `… check`, `… pack`, `… bring`.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from deploy.backups.keys import bring_secrets, pack_secrets
from deploy.backups.manifest import Refused, check_manifest, describe_backup

SECRETS = Path("/secrets")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Describe and check a backup, pack and bring its secrets.")
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    describe = verbs.add_parser("describe", help="what pg_restore prints of the migrations → the manifest")
    describe.add_argument("version")
    describe.add_argument("made_at", type=datetime.fromisoformat)
    verbs.add_parser("check", help="a manifest → what it is, in words")
    verbs.add_parser("pack", help="→ the secrets that belong to the data")
    verbs.add_parser("bring", help="those secrets → the names of those that were another machine's")
    try:
        print(_carry_out(parser.parse_args()))  # noqa: T201
    except Refused as refused:
        sys.exit(f"This backup can't be taken. {refused}")


def _carry_out(given: argparse.Namespace) -> str:
    match given.verb:
        case "describe":
            return describe_backup(given.version, given.made_at, sys.stdin.read()).model_dump_json(indent=1)
        case "check":
            manifest = check_manifest(sys.stdin.read())
            return f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, version {manifest.version}"
        case "pack":
            return pack_secrets(SECRETS)
        case _:
            return "\n".join(bring_secrets(SECRETS, sys.stdin.read()))


if __name__ == "__main__":
    main()
