"""The page of results shows what the result files hold."""

import json
from pathlib import Path
from typing import Any

from tests.faults.page import build_results

PASSED: dict[str, Any] = {
    "row": 21,
    "name": "three brokers",
    "passed": True,
    "seconds": 90.0,
    "operations": 1200,
    "maybe": 3,
    "lost": 0,
    "phantom_writes": 0,
    "duplicate_effects": 0,
    "reorderings": 0,
    "stuck": 0,
    "sent_twice": 7,
    "recoveries": {"one": 1.25, "two": 4.0},
    "measurements": {"longest pause": 5.5},
    "trouble": "",
    "examples": [],
}


def test_each_row_is_shown_with_its_counts_and_its_slowest_recovery(tmp_path: Path) -> None:
    (tmp_path / "long.json").write_text(json.dumps([PASSED]))
    page = build_results(tmp_path)
    assert "| 21 | three brokers | 1,200 (3) | 0 | 0 | 0 | 0 | 0 | 7 | 4.0 s | passed |" in page
    assert "- row 21: longest pause: 5.5" in page
    assert "make faults-long" in page
    assert "quick" not in page


def test_a_row_that_failed_says_why(tmp_path: Path) -> None:
    failed = PASSED | {"passed": False, "lost": 2, "trouble": "too slow", "examples": ["a is gone"]}
    (tmp_path / "quick.json").write_text(json.dumps([PASSED, failed]))
    page = build_results(tmp_path)
    assert "| 21 | three brokers | 1,200 (3) | 2 | 0 | 0 | 0 | 0 | 7 | 4.0 s | **failed** |" in page
    assert "row 21 failed: too slow; a is gone" in page
