"""The suite's command line: `python -m tests.faults`, on servers of its own that are thrown away."""

import argparse
import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults import report
from tests.faults.processes import SERVICE
from tests.faults.report import print_now
from tests.faults.row import Row
from tests.faults.rows import load_rows
from tests.faults.runner import Result
from tests.faults.stage import RandomSettings
from tests.faults.suite import Suite

MUTANTS = "tests.faults.mutants"


def main() -> None:
    """Run the rows that are asked for; exits with 1 if any failed. SIGTERM is as good as Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    given = _parse_arguments()
    wanted = _select_rows(given)
    if given.list:
        print_now("\n".join(f"{row.number:2} {row.name}" for row in wanted))
        return
    results = _run_rows(wanted, given)
    if given.json:
        given.json.write_text(json.dumps(report.results_as_json(results), indent=1) + "\n", "utf-8")
    print_now(report.closing_lines(results))
    raise SystemExit(not all(result.has_passed for result in results))


def _parse_arguments() -> argparse.Namespace:
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


def _select_rows(given: argparse.Namespace) -> list[Row]:
    if given.rows:
        numbers = {int(number) for number in given.rows.split(",")}
        return [row for row in load_rows() if row.number in numbers]
    return [row for row in load_rows() if row.long == given.long]


def _run_rows(wanted: Sequence[Row], given: argparse.Namespace) -> list[Result]:
    program = (MUTANTS, given.mutant) if given.mutant else SERVICE
    with TemporaryDirectory() as folder:
        try:
            return Suite(Path(folder), program, RandomSettings(given.seed, given.seconds)).run_rows(wanted)
        except KeyboardInterrupt:
            raise SystemExit("interrupted") from None
        finally:
            if given.logs:
                shutil.copytree(Path(folder) / "rows", given.logs, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
