"""Totals over the context, logarithmic both ways, with memory sizes as levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2

from markupsafe import Markup

from generator.pages.page import CurveChart, CurveLine, CurvePoint, Mark
from generator.render.svg import anchor, chart, path, share, stretched, text

Scale = Callable[[int], float]
"""Bytes to pixels from the top."""
PointScale = Callable[[CurvePoint], float]
"""A point to per cent of the width."""

HEIGHT, TALL = 300, 420
"""Pixels, for one line and for several."""
TOP, BOTTOM = 26, 34
LEFT, WIDTH = 4.0, 91.0
LEVEL_GAP = 20
NAME_GAP = 15
NEXT_LEVEL = 0.6
"""How far above the largest total, in doublings, the next memory size may lie to be shown."""


def curve_chart(curve: CurveChart) -> Markup:
    """One line with its points, or several that carry their names where they start."""
    several = len(curve.lines) > 1
    height = TALL if several else HEIGHT
    contexts = [log2(point.context) for line in curve.lines for point in line.points]
    sizes = [log2(point.size_bytes) for line in curve.lines for point in line.points]
    first, spread = min(contexts), max(max(contexts) - min(contexts), 1e-9)
    low, high = min(sizes) - 0.25, max(sizes) + 0.25
    if curve.marks and log2(curve.marks[-1].size_bytes) < high + NEXT_LEVEL:
        high = max(high, log2(curve.marks[-1].size_bytes) + 0.1)

    def x(point: CurvePoint) -> float:
        return LEFT + WIDTH * (log2(point.context) - first) / spread

    def y(size_bytes: int) -> float:
        return TOP + (high - log2(size_bytes)) / (high - low) * (height - TOP - BOTTOM)

    levels = [mark for mark in _apart(curve.marks, y) if low <= log2(mark.size_bytes) <= high]
    across = [((0, y(mark.size_bytes)), (100, y(mark.size_bytes))) for mark in levels]
    lines = [path("level", across)]
    for line in sorted(curve.lines, key=lambda line: line.chief):
        through = [(x(point), y(point.size_bytes)) for point in line.points]
        lines.append(path("line" if line.chief else "other", [through]))
    parts = [stretched(height, lines)]
    parts += [_level_name(mark, y(mark.size_bytes), several) for mark in levels]
    longest = max(curve.lines, key=lambda line: len(line.points))
    parts += _contexts(longest.points, curve.current, x, height - 8)
    parts += _names(curve.lines, y) if several else _points(curve, x, y)
    return chart("curve", curve.title, curve.description, height, parts)


def _apart(marks: Iterable[Mark], y: Scale) -> Iterable[Mark]:
    """The marks whose levels lie far enough apart to be named, the smallest kept."""
    taken = None
    for mark in marks:
        if taken is None or taken - y(mark.size_bytes) >= LEVEL_GAP:
            taken = y(mark.size_bytes)
            yield mark


def _level_name(mark: Mark, level: float, several: bool) -> str:
    """At the left, or at the right where the left belongs to the names of lines."""
    return text(mark.name, 100, level - 4, "end name") if several else text(mark.name, 0, level - 4, "name")


def _contexts(points: tuple[CurvePoint, ...], current: int | None, x: PointScale, y: float) -> Iterable[str]:
    """The names of the contexts that have room, the longest and the current one kept."""
    free = 101.0
    for point in reversed(points):
        place, half = x(point), share(point.label) / 2
        if place + half <= free or point.context == current:
            strong = " strong" if point.context == current else ""
            yield text(point.label, place, y, anchor(place, point.label) + strong)
            free = place - half


def _names(lines: Iterable[CurveLine], y: Scale) -> Iterable[str]:
    """Each line's name above its start, moved down where it would touch the one above."""
    free = 0.0
    for line in sorted(lines, key=lambda line: y(line.points[0].size_bytes)):
        level = max(y(line.points[0].size_bytes) - 7, free)
        yield text(line.name, LEFT, level, "strong" if line.chief else "start")
        free = level + NAME_GAP


def _points(curve: CurveChart, x: PointScale, y: Scale) -> Iterable[str]:
    """A dot for each context, its total above the page's own, or above the last."""
    points = curve.lines[0].points
    for point in points:
        current = point.context == curve.current
        place, level = x(point), y(point.size_bytes)
        radius, kind = (6, "dot current") if current else (3.5, "dot")
        yield f'<circle class="{kind}" cx="{place:.2f}%" cy="{level:.1f}" r="{radius}"/>'
        if current or (curve.current is None and point is points[-1]):
            yield text(point.text, place, level - 12, f"{anchor(place, point.text)} total")
