"""The suite's command line: `python -m tests.faults`, on servers of its own that are thrown away."""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.home import forget
from deploy.local.servers import KAFKA, POSTGRES, Servers, servers
from tests.faults import ground, report
from tests.faults.frame import Result, perform
from tests.faults.processes import SERVICE
from tests.faults.row import Row
from tests.faults.rows import rows
from tests.faults.stage import WHOLE, Course

MUTANTS = "tests.faults.mutants"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the rows that are asked for; exits with 1 if any failed. SIGTERM is as good as Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    given = _arguments()
    wanted = _wanted(given)
    if given.list:
        say("\n".join(f"{row.number:2} {row.name}" for row in wanted))
        return
    program = (MUTANTS, given.mutant) if given.mutant else SERVICE
    with TemporaryDirectory() as folder:
        try:
            results = run(wanted, Path(folder), program, Course(given.seed, given.seconds))
        except KeyboardInterrupt:
            raise SystemExit("interrupted") from None
        if given.logs:
            shutil.copytree(Path(folder) / "rows", given.logs, dirs_exist_ok=True)
    if given.json:
        given.json.write_text(json.dumps(report.document(results), indent=1) + "\n", "utf-8")
    say(report.last_line(results))
    raise SystemExit(not all(result.passed for result in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="Run the fault suite on embedded servers.")
    parser.add_argument("--rows", help="numbers with commas; without: all quick rows")
    parser.add_argument("--long", action="store_true", help="all long rows")
    parser.add_argument("--list", action="store_true", help="print the rows and end")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    parser.add_argument("--logs", type=Path, help="copy the logs and ledgers of all processes here")
    parser.add_argument("--seed", type=int, default=1, help="of the faults by chance")
    parser.add_argument("--seconds", type=float, default=900.0, help="how long faults by chance go on")
    parser.add_argument("--mutant", help=f"run the service with this change of {MUTANTS}")
    return parser.parse_args()


def _wanted(given: argparse.Namespace) -> list[Row]:
    if given.rows:
        numbers = {int(number) for number in given.rows.split(",")}
        return [row for row in rows() if row.number in numbers]
    return [row for row in rows() if row.long == given.long]


def run(wanted: Sequence[Row], folder: Path, program: Sequence[str], course: Course = WHOLE) -> list[Result]:
    """All rows one after another, each told when it ends."""
    shared = [row for row in wanted if not row.alone]
    results = []
    if shared:
        with _pair(folder / "shared") as both:
            results += [_told(row, both, folder, program, course) for row in shared]
    for row in (row for row in wanted if row.alone):
        with _pair(folder / f"own{row.number}", row) as both:
            results.append(_told(row, both, folder, program, course))
    return results


@contextmanager
def _pair(home: Path, row: Row | None = None) -> Iterator[Servers]:
    """Two servers, and the template that each row copies."""
    for variable in (KAFKA, POSTGRES):
        os.environ.pop(variable, None)
    brokers, kafka, postgres = (
        (row.brokers, row.kafka_settings, row.postgres_settings) if row else (1, {}, {})
    )
    try:
        with servers(
            home, brokers, durable=False, kafka_settings=kafka, postgres_settings=postgres, say=say
        ) as both:
            asyncio.run(ground.prepare(both.postgres))
            yield both
    finally:
        forget(home)


def _told(row: Row, both: Servers, folder: Path, program: Sequence[str], course: Course) -> Result:
    place = folder / "rows" / str(row.number)
    place.mkdir(parents=True)
    result = asyncio.run(perform(row, both, place, program, course))
    say(report.line(result))
    return result


if __name__ == "__main__":
    main()
