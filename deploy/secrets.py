"""The secrets of a deployment, each in the folder of the processes that read it; they see no other.

`python -m deploy.secrets make FOLDER` makes those that are missing, `… put FOLDER PROCESS NAME` takes one from its
standard input, as an operator gives it, and `… rotate FOLDER` lets the next key sign sessions.
"""

import argparse
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.postgres.roles import SERVICES, service_dsn
from deploy.secret_files import write_secret
from deploy.session_keys import make_missing_keys, rotate_keys

Secrets = Mapping[str, Mapping[str, Callable[[], str]]]


def plan_secrets(database: str, smtp: str) -> Secrets:
    """What each process needs, by the name of the file that it reads, and how that is made.

    `database` is "host:port/name", `smtp` the mail server until an operator puts another.
    """
    server, _, name = database.partition("/")

    def make_dsn(service: str) -> Callable[[], str]:
        return lambda: service_dsn(f"postgresql://{server}", name, service, _make_password())

    plan = {
        service: {"alumnibus_database": make_dsn(service), "alumnibus_kafka_password": _make_password}
        for service in SERVICES
    }
    plan["members"]["alumnibus_public_id_secret"] = _make_password
    plan["notifications"]["alumnibus_smtp"] = lambda: smtp
    servers = {process: {"password": _make_password} for process in ("postgres", "kafka")}
    return {**servers, "kafka-admin": {"alumnibus_kafka_password": _make_password}, **plan}


def make_missing(folder: Path, plan: Secrets) -> list[str]:
    """Make those that aren't there, and leave all others; returns the new ones' names."""
    made: list[str] = []
    for process, files in plan.items():
        for name, make in files.items():
            if not (path := folder / process / name).exists():
                write_secret(path, make())
                made.append(f"{process}/{name}")
    return made


def _make_password() -> str:
    return secrets.token_hex(32)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the secrets of a deployment, or put one.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    make = verbs.add_parser("make", help="make those that are missing")
    make.add_argument("folder", type=Path)
    make.add_argument("--database", required=True, help="host:port/name")
    make.add_argument("--smtp", required=True, help="smtp://host:port of the mail server until one is put")
    make.set_defaults(run=_make)
    put = verbs.add_parser("put", help="take one from standard input")
    put.add_argument("folder", type=Path)
    put.add_argument("process")
    put.add_argument("name", help="of the setting, in lower case: alumnibus_smtp")
    put.set_defaults(run=_put)
    rotate = verbs.add_parser("rotate", help="let the next key sign sessions; nobody is signed out")
    rotate.add_argument("folder", type=Path)
    rotate.set_defaults(run=_rotate)
    given = parser.parse_args()
    given.run(given)


def _make(given: argparse.Namespace) -> None:
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = make_missing(given.folder, plan_secrets(given.database, given.smtp))
    made += make_missing_keys(given.folder)
    print(f"{len(made)} secrets made" if made else "all secrets were there")  # noqa: T201


def _put(given: argparse.Namespace) -> None:
    if not (given.folder / given.process).is_dir():
        sys.exit(f"No process is called {given.process}.")
    text = sys.stdin.read().strip()
    if not text:
        sys.exit("Nothing came in: give the secret on standard input.")
    write_secret(given.folder / given.process / given.name, text)
    print(f"{given.process} reads it at its next start")  # noqa: T201


def _rotate(given: argparse.Namespace) -> None:
    rotate_keys(given.folder)
    print("each service takes the keys at its next start; the order doesn't matter")  # noqa: T201


if __name__ == "__main__":
    main()
