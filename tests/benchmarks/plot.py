"""Draw the time to load headers by round trip as an SVG (log-log)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 56, 60
DECADES = (-2, 3)
"""Powers of ten of a second on the vertical axis."""
TRIPS = {0.0: 0.0, 0.05: 0.45, 0.1: 0.725, 0.2: 1.0}
"""Round trips in seconds and their positions: logarithmic from 50 ms, 0 set apart."""
COLOURS = ("#555555", "#0072b2", "#009e73", "#cc79a7", "#d55e00", "#e69f00")
"""Distinct for colour-blind people too."""
GAP = 15
"""The smallest distance between two labels, in pixels."""


@dataclass(frozen=True)
class Point:
    """The seconds at a round trip; ``guessed``: extrapolated."""

    rtt: float
    seconds: float
    guessed: bool = False


def draw(title: str, remark: str, curves: Mapping[str, Sequence[Point]]) -> str:
    """Return the picture of the ``curves``, which have names."""
    colours = dict(zip(curves, COLOURS, strict=False))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="13" fill="#222222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, title, 'font-size="16" font-weight="bold"'),
        _text(LEFT, 43, remark, 'fill="#555555"'),
        *_axes(),
        *(_curve(points, colours[name]) for name, points in curves.items()),
        *_labels(curves, colours),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(rtt: float) -> float:
    return LEFT + 20 + TRIPS[rtt] * (WIDTH - LEFT - RIGHT - 40)


def _y(seconds: float) -> float:
    low, high = DECADES
    share = (log10(max(seconds, 10.0**low)) - low) / (high - low)
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _axes() -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    grid = []
    for power in range(DECADES[0], DECADES[1] + 1):
        y = _y(10.0**power)
        grid.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        grid.append(_text(LEFT - 8, y + 4, f"{10.0**power:g} s", 'text-anchor="end"'))
    for rtt in TRIPS:
        x = _x(rtt)
        grid.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#eeeeee"/>')
        label = f"{rtt * 1000:g} ms" if rtt else "0"
        grid.append(_text(x, bottom + 20, label, 'text-anchor="middle"'))
    middle = (LEFT + right) / 2
    legend = "round trip to the server; ○ extrapolated"
    grid.append(_text(middle, HEIGHT - 16, legend, 'text-anchor="middle"'))
    return grid


def _curve(points: Sequence[Point], colour: str) -> str:
    centres = [(_x(point.rtt), _y(point.seconds)) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in centres)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" stroke="{colour}" stroke-width="2"'
        f' fill="{"#ffffff" if point.guessed else colour}"/>'
        for (x, y), point in zip(centres, points, strict=True)
    )
    return f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _labels(curves: Mapping[str, Sequence[Point]], colours: Mapping[str, str]) -> list[str]:
    """Place the names at the ends of the curves, moved apart if these are close."""
    ends = sorted((_y(points[-1].seconds), name) for name, points in curves.items())
    labels, last = [], 0.0
    for y, name in ends:
        last = max(y + 4, last + GAP)
        labels.append(_text(WIDTH - RIGHT + 6, last, name, f'fill="{colours[name]}"'))
    return labels


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(text)}</text>'
