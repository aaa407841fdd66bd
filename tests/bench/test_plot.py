"""The plot shows each contestant's rate, on a scale in which a tenth is one step less."""

import re

from bench.plot import draw_plot


def test_bars_grow_by_the_same_step_with_each_power_of_ten() -> None:
    svg = draw_plot([("ours", 10_000.0), ("naive", 100.0), ("slowest", 10.0)])

    wide = [int(width) for width in re.findall(r'width="(\d+)" height="20"', svg)]
    assert wide == [420, 140, 2]
    assert ">10,000<" in svg
