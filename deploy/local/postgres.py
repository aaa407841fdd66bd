"""Embedded PostgreSQL: the binaries of a wheel, run as our own child with passwords and on loopback only."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from deploy.local.children import Children, Program
from deploy.local.failure import Failed, build_failure
from deploy.local.home import fresh_log, get_secret, postgres_folder
from deploy.local.ports import LOOPBACK, POSTGRES, PortFinder, find_free_port
from deploy.local.postgres_programs import program_folder, server_account
from deploy.local.server import START_LIMIT, Server, run_in_thread

# After a kill -9 the old backends hold the shared memory for a moment; a new server must wait for that.
STILL_HELD = "pre-existing shared memory block"


class Postgres(Server):
    """A server of one database cluster; `address` is the superuser's DSN."""

    def wait_until_ready(self, limit: float = START_LIMIT) -> None:
        deadline = time.monotonic() + limit
        while True:
            try:
                return super().wait_until_ready(max(1.0, deadline - time.monotonic()))
            except Failed as failed:
                if STILL_HELD not in failed.log_tail or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)
            self.start_again()


def start_postgres(
    home: Path,
    children: Children,
    durable: bool,
    settings: Mapping[str, str],
    find_port: PortFinder = find_free_port,
) -> Postgres:
    """Start the server, its database cluster made at the first start, and wait until it answers."""
    binaries = program_folder()
    data = postgres_folder(home) / "postgres"
    if not data.exists():
        _initialise_data(binaries, data, durable, home)
    port = find_port(POSTGRES)
    program = Program(
        "PostgreSQL",
        [str(binaries / "postgres"), "-D", str(data), *_server_options(port, durable, settings)],
        fresh_log(home, "postgres"),
        data,
        environment=_server_environment(),
        ending=signal.SIGINT,
        account=server_account(),
    )
    dsn = f"postgresql://postgres:{get_secret(home, 'postgres')}@{LOOPBACK}:{port}/postgres"
    server = Postgres(children, program, dsn, lambda: is_answering(dsn))
    server.wait_until_ready()
    return server


def _initialise_data(binaries: Path, data: Path, durable: bool, home: Path) -> None:
    """`initdb` into a draft that gets its name at the end, so that half a cluster is never used."""
    draft = data.with_name("postgres.draft")
    log = fresh_log(home, "initdb")
    _own_folder(draft)
    password = data.with_name("password")
    password.write_text(get_secret(home, "postgres"))
    _hand_over(password, 0o400)
    try:
        _run_initdb(_initdb_command(binaries, draft, password, durable), draft, log)
    finally:
        password.unlink()
    draft.rename(data)


def _initdb_command(binaries: Path, draft: Path, password: Path, durable: bool) -> list[str]:
    command = [str(binaries / "initdb"), "-D", str(draft), "-U", "postgres", f"--pwfile={password}"]
    # Sorting comes with PostgreSQL itself, so it is the same everywhere; pg_trgm asks the system which
    # characters are letters, and with plain C would see none but ASCII's.
    letters = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    sorting = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    locale = [*sorting, f"--lc-ctype={letters}", "--encoding=UTF8"]
    sync = [] if durable else ["--no-sync"]
    return [*command, "--auth=scram-sha-256", "--no-instructions", *locale, *sync]


def _run_initdb(command: list[str], folder: Path, log: Path) -> None:
    who = server_account()
    with log.open("wb") as output:
        code = subprocess.run(
            command,
            cwd=folder,
            env=_server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=who.pw_uid if who else None,
            group=who.pw_gid if who else None,
            extra_groups=[] if who else None,
            timeout=START_LIMIT,
            check=False,
        ).returncode
    if code != 0:
        raise build_failure("PostgreSQL could not prepare its data", log)


def _own_folder(draft: Path) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _hand_over(draft, 0o700)


def _hand_over(path: Path, mode: int) -> None:
    who = server_account()
    path.chmod(mode)
    if who is not None:
        os.chown(path, who.pw_uid, who.pw_gid)


def _server_options(port: int, durable: bool, extra: Mapping[str, str]) -> list[str]:
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not durable:
        # A killed server still keeps what it committed; only a fall of the whole machine would lose it.
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return [part for key, value in {**settings, **extra}.items() for part in ("-c", f"{key}={value}")]


def _server_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def is_answering(dsn: str) -> bool:
    """Whether the server answers a query."""
    return run_in_thread(_answers_query(dsn))


async def _answers_query(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
        return False
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()
