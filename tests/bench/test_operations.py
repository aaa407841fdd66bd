"""What the contest asks its contestants for, they can do."""

import re
from pathlib import Path

import pytest

from bench import naive
from bench.naive import Naive
from bench.ours import Ours
from bench.owner import Owner
from bench.peers.faststream_outbox import FaststreamOutbox
from bench.peers.watermill.__main__ import Watermill
from bench.serial import Serial

BENCH = Path(naive.__file__).parent
COMMON = ("begin", "measure_usage", "start_profile", "write_profile")
CALL = re.compile(r'\.(?:call|notify)\(\s*"(\w+)"')


@pytest.mark.parametrize("contestant", [Ours, Naive, FaststreamOutbox, Watermill, Serial])
def test_each_operation_of_a_contestant_is_a_method(contestant: type[Owner | Naive | Serial]) -> None:
    assert [name for name in contestant.OPERATIONS if not callable(getattr(contestant, name, None))] == []


def test_each_operation_that_is_called_belongs_to_a_contestant() -> None:
    called = {name for path in BENCH.glob("*.py") for name in CALL.findall(path.read_text("utf-8"))}
    known = {*Ours.OPERATIONS, *Naive.OPERATIONS, *Serial.OPERATIONS, *COMMON}

    assert "start_relay" in called
    assert called <= known
