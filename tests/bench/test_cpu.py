"""The CPU of a process is taken down with that of its offspring."""

import subprocess
import sys

from bench import cpu

BUSY = "import os; t = os.times; a = t();\nwhile t().user - a.user < 0.3: pass"
NESTED = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}]);"
    " print('done', end='', flush=True); sys.stdin.read()"
)


def test_the_cpu_of_an_ended_grandchild_is_counted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", NESTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.read(4)
        taken = cpu.cpu_seconds(child.pid)
        child.communicate()

    assert 0.3 <= taken < 3


def test_the_largest_memory_is_counted_in_megabytes() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; b = b'x' * 64_000_000; del b; print(flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        taken = cpu.peak_megabytes(child.pid)
        child.communicate()

    assert 61 < taken < 110
