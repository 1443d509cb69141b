"""Charts as inline SVG: text for people, shapes for the eye, colours and patterns from the stylesheet.

Horizontal places are per cent of the width and text keeps its size, so that a chart reads alike on a
phone and on a wide screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2

from markupsafe import Markup, escape

from generator.pages.page import BarChart, CurveChart, CurvePoint, Mark

Scale = Callable[[int], float]
"""Bytes to a height in pixels."""
PointScale = Callable[[CurvePoint], float]
"""A point to per cent of the width."""

NARROWEST = 340
"""Width in pixels that labels must not collide at."""
LETTER = 7.2
"""Widest mean width of a letter at 13 pixels."""
GAP = 10

BAR_TOP, BAR_HEIGHT, BAR_CHART_HEIGHT = 34, 46, 124
LONG_SEGMENT = 26
"""Per cent of the width from which a part carries its name."""

CURVE_HEIGHT, CURVE_TOP, CURVE_BOTTOM = 300, 30, 34
CURVE_LEFT, CURVE_WIDTH = 4.0, 91.0
LEVEL_GAP = 20
NEXT_LEVEL = 0.6
"""How far above the largest total, in doublings, the next memory size may lie to be shown."""

PATTERNS = (
    '<pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V7" class="ink"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.1" class="ink-dot"/></pattern>'
    '<pattern id="bars" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" class="ink"/></pattern>'
)
PATTERN_OF = {"cache": "stripes", "compute": "dots", "state": "bars"}


def bar_chart(chart: BarChart) -> Markup:
    """Stacked parts on a ruler of memory sizes; a whisker shows the range."""
    largest = max(chart.marks[-1].size_bytes, chart.high_bytes)

    def at(size: int) -> float:
        return 100 * size / largest

    base = BAR_TOP + BAR_HEIGHT
    parts = [f"<defs>{PATTERNS}</defs>", f'<rect class="rest" width="100%" y="{BAR_TOP}" height="{BAR_HEIGHT}"/>']
    names, left = [], 0
    for segment in chart.segments:
        place = f'x="{at(left):.2f}%" width="{max(at(segment.size_bytes), 0.15):.2f}%" y="{BAR_TOP}" height="{BAR_HEIGHT}"'
        parts.append(f'<rect class="p-{segment.part}" {place}/>')
        if segment.part in PATTERN_OF:
            parts.append(f'<rect fill="url(#{PATTERN_OF[segment.part]})" {place}/>')
        if at(segment.size_bytes) >= LONG_SEGMENT:
            middle = at(left) + at(segment.size_bytes) / 2
            name = f'<text class="in k-{segment.part}" x="{middle:.2f}%" y="{BAR_TOP + 28}">{escape(segment.label)}</text>'
            names.append(name)
        left += segment.size_bytes
    for mark in _spaced(chart.marks, largest):
        x = at(mark.size_bytes)
        parts.append(f'<line class="tick" x1="{x:.2f}%" x2="{x:.2f}%" y1="{BAR_TOP - 6}" y2="{base + 8}"/>')
        parts.append(f'<text x="{x:.2f}%" y="{base + 26}" class="{_anchor(x, mark.label)}">{escape(mark.label)}</text>')
    parts += names
    parts += _whisker(at(chart.low_bytes), at(chart.high_bytes))
    total = at(left)
    parts.append(f'<text class="{_anchor(total, chart.total)} total" x="{total:.2f}%" y="16">{escape(chart.total)}</text>')
    return _svg("bar", chart.title, chart.description, BAR_CHART_HEIGHT, parts)


def _whisker(low: float, high: float) -> list[str]:
    """The range as a line with two ends, above the bar."""
    y = BAR_TOP - 8
    ends = (f'<line class="whisker" x1="{x:.2f}%" x2="{x:.2f}%" y1="{y - 4}" y2="{y + 4}"/>' for x in (low, high))
    return [f'<line class="whisker" x1="{low:.2f}%" x2="{high:.2f}%" y1="{y}" y2="{y}"/>', *ends]


def _share(label: str) -> float:
    """Per cent of the narrowest chart that a label takes, with room around it."""
    return 100 * (LETTER * len(label) + GAP) / NARROWEST


def _anchor(place: float, label: str) -> str:
    """Which end of a label stands at ``place``, per cent, so that it stays inside the chart."""
    half = _share(label) / 2
    if place + half > 100:
        return "end"
    return "middle" if place - half >= 0 else "start"


def _spaced(marks: Iterable[Mark], largest: int) -> list[Mark]:
    """The marks whose labels don't touch, the largest kept."""
    kept: list[Mark] = []
    free = 100.0
    for mark in sorted(marks, key=lambda mark: -mark.size_bytes):
        place, share = 100 * mark.size_bytes / largest, _share(mark.label)
        right = {"end": place, "middle": place + share / 2, "start": place + share}[_anchor(place, mark.label)]
        if right <= free + 1e-9:
            kept.append(mark)
            free = right - share
    return kept


def curve_chart(chart: CurveChart) -> Markup:
    """Totals over the context, logarithmic both ways, with memory sizes as levels."""
    points = chart.points
    first, last = log2(points[0].context), log2(points[-1].context)
    sizes = [log2(point.size_bytes) for point in points]
    low, high = min(sizes) - 0.25, max(sizes) + 0.25
    if chart.marks and log2(chart.marks[-1].size_bytes) < high + NEXT_LEVEL:
        high = max(high, log2(chart.marks[-1].size_bytes) + 0.1)

    def x(point: CurvePoint) -> float:
        return CURVE_LEFT + CURVE_WIDTH * (log2(point.context) - first) / max(last - first, 1e-9)

    def y(size_bytes: int) -> float:
        return CURVE_TOP + (high - log2(size_bytes)) / (high - low) * (CURVE_HEIGHT - CURVE_TOP - CURVE_BOTTOM)

    parts = list(_levels(chart.marks, low, high, y))
    for one, other in zip(points, points[1:], strict=False):
        ends = f'x1="{x(one):.2f}%" y1="{y(one.size_bytes):.1f}" x2="{x(other):.2f}%" y2="{y(other.size_bytes):.1f}"'
        parts.append(f'<line class="line" {ends}/>')
    parts += _points(chart, x, y)
    return _svg("curve", chart.title, chart.description, CURVE_HEIGHT, parts)


def _levels(marks: Iterable[Mark], low: float, high: float, y: Scale) -> Iterable[str]:
    """Memory sizes within the chart as lines, each named at its left end."""
    taken = None
    for mark in marks:
        level = y(mark.size_bytes)
        if low <= log2(mark.size_bytes) <= high and (taken is None or taken - level >= LEVEL_GAP):
            taken = level
            yield f'<line class="level" x1="0" x2="100%" y1="{level:.1f}" y2="{level:.1f}"/>'
            yield f'<text class="name" x="0" y="{level - 4:.1f}">{escape(mark.label)}</text>'


def _points(chart: CurveChart, x: PointScale, y: Scale) -> Iterable[str]:
    """A dot for each context, its name below, its total above the page's own and the last."""
    free = 101.0
    for point in reversed(chart.points):
        current = point.context == chart.current
        place, level = x(point), y(point.size_bytes)
        radius, kind = (6, "dot current") if current else (3.5, "dot")
        yield f'<circle class="{kind}" cx="{place:.2f}%" cy="{level:.1f}" r="{radius}"/>'
        half = _share(point.label) / 2
        if place + half <= free or current:
            yield f'<text class="{_anchor(place, point.label)}" x="{place:.2f}%" y="{CURVE_HEIGHT - 8}">{escape(point.label)}</text>'
            free = place - half
        if current or (chart.current is None and point is chart.points[-1]):
            anchor = _anchor(place, point.text)
            yield f'<text class="{anchor} total" x="{place:.2f}%" y="{level - 12:.1f}">{escape(point.text)}</text>'


def _svg(name: str, title: str, description: str, height: int, parts: Iterable[str]) -> Markup:
    label = f'<title id="{name}-title">{escape(title)}. {escape(description)}</title>'
    head = f'<svg class="{name}" width="100%" height="{height}" role="img" aria-labelledby="{name}-title">'
    return Markup(f"{head}{label}{''.join(str(part) for part in parts)}</svg>")
