"""The plot: horizontal bars on a scale of powers of ten, with their numbers, as SVG."""

from collections.abc import Sequence
from math import log10

LEFT, WIDE, HIGH = 250, 420, 28
OURS, OTHERS = "#1f5f8b", "#9db7c9"


def draw_plot(bars: Sequence[tuple[str, float]]) -> str:
    """The first bar is ours. The scale begins at the power of ten below the smallest one."""
    least = 10 ** int(log10(min(value for _, value in bars)))
    most = log10(max(value for _, value in bars) / least)
    rows = [
        _draw_bar(number, name, value, log10(value / least) / most)
        for number, (name, value) in enumerate(bars)
    ]
    height = 20 + HIGH * len(bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {height}"'
        ' font-family="sans-serif" font-size="14" fill="#333">\n'
        f'<rect width="780" height="{height}" fill="#fff"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _draw_bar(number: int, name: str, value: float, share: float) -> str:
    y, wide = 10 + HIGH * number, max(share * WIDE, 2)
    return (
        f'<text x="{LEFT}" y="{y + 15}" text-anchor="end">{name}</text>'
        f'<rect x="{LEFT + 10}" y="{y}" width="{wide:.0f}" height="20" fill="{OTHERS if number else OURS}"/>'
        f'<text x="{LEFT + 18 + wide:.0f}" y="{y + 15}">{value:,.0f}</text>'
    )
