"""Charts as inline SVG: text for people, shapes for the eye, colours from the stylesheet."""

from __future__ import annotations

from math import log2

from markupsafe import Markup, escape

from generator.pages.page import BarChart, CurveChart, Mark

WIDTH = 640
MARGIN = 12
BAR_TOP, BAR_HEIGHT = 34, 44
BAR_CHART_HEIGHT = 128
LABEL_ROOM = 104
CURVE_HEIGHT = 260
CURVE_LEFT, CURVE_RIGHT, CURVE_TOP, CURVE_BOTTOM = 92, 16, 16, 40


def bar_chart(chart: BarChart) -> Markup:
    """Stacked parts on a ruler of memory sizes; a whisker shows the range."""
    largest = max(chart.marks[-1].size_bytes, chart.high_bytes)
    scale = (WIDTH - 2 * MARGIN) / largest
    parts, left = [], float(MARGIN)
    for segment in chart.segments:
        width = max(segment.size_bytes * scale, 0.5)
        parts.append(
            f'<rect class="p-{segment.part}" x="{left:.1f}" y="{BAR_TOP}" width="{width:.1f}" height="{BAR_HEIGHT}"/>'
        )
        left += width
    low, high = (MARGIN + size * scale for size in (chart.low_bytes, chart.high_bytes))
    middle = BAR_TOP + BAR_HEIGHT / 2
    parts.append(
        f'<path class="whisker" d="M{low:.1f} {middle - 8:.1f}v16M{low:.1f} {middle:.1f}H{high:.1f}'
        f'M{high:.1f} {middle - 8:.1f}v16"/>'
    )
    base = BAR_TOP + BAR_HEIGHT
    parts.append(f'<path class="axis" d="M{MARGIN} {base}H{WIDTH - MARGIN}"/>')
    for mark in _spaced(chart.marks, scale):
        x = MARGIN + mark.size_bytes * scale
        parts.append(f'<path class="tick" d="M{x:.1f} {BAR_TOP - 8}V{base + 8}"/>')
        anchor = "end" if x > WIDTH - 52 else "start" if x < 52 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{base + 28}" text-anchor="{anchor}">{escape(mark.label)}</text>')
    return _svg(chart.title, chart.description, BAR_CHART_HEIGHT, parts)


def _spaced(marks: tuple[Mark, ...], scale: float) -> list[Mark]:
    """The marks whose labels don't touch, the largest kept."""
    kept: list[Mark] = []
    for mark in reversed(marks):
        if not kept or (kept[-1].size_bytes - mark.size_bytes) * scale >= LABEL_ROOM:
            kept.append(mark)
    return kept


def curve_chart(chart: CurveChart) -> Markup:
    """Totals over the context, logarithmic both ways, with memory sizes as levels."""
    contexts = [log2(point.context) for point in chart.points]
    sizes = [log2(point.size_bytes) for point in chart.points]
    low, high = min(sizes) - 0.2, max(sizes) + 0.3
    span = max(contexts[-1] - contexts[0], 1e-9)
    width, height = WIDTH - CURVE_LEFT - CURVE_RIGHT, CURVE_HEIGHT - CURVE_TOP - CURVE_BOTTOM

    def x(value: float) -> float:
        return CURVE_LEFT + (value - contexts[0]) / span * width

    def y(value: float) -> float:
        return CURVE_TOP + (high - value) / (high - low) * height

    parts, last = [], None
    for mark in chart.marks:
        level = log2(mark.size_bytes)
        if not low <= level <= high or (last is not None and abs(y(level) - last) < 26):
            continue
        last = y(level)
        parts.append(f'<path class="level" d="M{CURVE_LEFT} {last:.1f}H{WIDTH - CURVE_RIGHT}"/>')
        parts.append(f'<text x="{CURVE_LEFT - 6}" y="{last + 4:.1f}" text-anchor="end">{escape(mark.label)}</text>')
    line = " ".join(f"{x(c):.1f},{y(s):.1f}" for c, s in zip(contexts, sizes, strict=True))
    parts.append(f'<polyline class="line" points="{line}"/>')
    right = None
    for point, context, size in reversed(list(zip(chart.points, contexts, sizes, strict=True))):
        kind = "dot current" if point.context == chart.current else "dot"
        parts.append(
            f'<circle class="{kind}" cx="{x(context):.1f}" cy="{y(size):.1f}" r="{5 if "current" in kind else 3.5}"/>'
        )
        if right is None or right - x(context) >= 62:
            right = x(context)
            anchor = "end" if context == contexts[-1] and len(contexts) > 1 else "middle"
            parts.append(
                f'<text x="{right:.1f}" y="{CURVE_HEIGHT - 10}" text-anchor="{anchor}">{escape(point.label)}</text>'
            )
    return _svg(chart.title, chart.description, CURVE_HEIGHT, parts)


def _svg(title: str, description: str, height: int, parts: list[str]) -> Markup:
    name = f"{title}. {description}"
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(name)}">{"".join(str(part) for part in parts)}</svg>'
    )
