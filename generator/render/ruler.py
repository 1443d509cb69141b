"""The memory ruler: the parts of a total, stacked along the sizes that devices are sold with."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from generator.pages.page import BarChart, Mark
from generator.render.fragments import Fragments
from generator.render.svg import anchor, chart, drawn, path, share, stretched, text

TOP, THICKNESS, HEIGHT = 36, 44, 124
BASE = TOP + THICKNESS
WHISKER, WHISKER_TOP, WHISKER_END = (f"{TOP - above:.1f}" for above in (9, 14, 4))
LONG_SEGMENT = 26
"""Per cent of the width from which a part carries its name."""
THINNEST = 0.15
"""Per cent of the width that a part has at least, so that it is seen."""

PATTERNS = (
    '<pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V7" class="ink"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle cx="3" cy="3" r="1.1" class="ink-dot"/></pattern>'
    '<pattern id="bars" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" class="ink"/></pattern>'
)
STRIP = f'" y="{TOP}" height="{THICKNESS}"/>'
GROUND = f'<defs>{PATTERNS}</defs><rect class="rest" width="100%{STRIP}'
PATTERN_OF = {"cache": "stripes", "compute": "dots", "state": "bars"}


def bar_chart(bar: BarChart) -> Markup:
    """Stacked parts on a ruler of memory sizes; a whisker shows the range. One to a page: its patterns have ids.

    Each part is drawn from the left edge, over those that come after it. The last mark is the size that holds the
    total, and is drawn stronger.
    """
    largest = max(bar.marks[-1].size_bytes, bar.high_bytes)
    lines, labels = _rulers.once(_ruler, bar.marks, largest)
    scale = 100 / largest
    parts, names, left = "", "", 0
    for segment in bar.segments:
        start, left = scale * left, left + segment.size_bytes
        end = max(scale * left, start + THINNEST)
        strip = f'width="{end:.2f}%{STRIP}'
        if segment.part in PATTERN_OF:
            parts = f'<rect fill="url(#{PATTERN_OF[segment.part]})" {strip}{parts}'
        parts = f'<rect class="p-{segment.part}" {strip}{parts}'
        if end - start >= LONG_SEGMENT:
            names += text(segment.label, (start + end) / 2, TOP + 27, "in")
    total = scale * left
    drawing = stretched(HEIGHT, lines + _whisker(scale * bar.low_bytes, scale * bar.high_bytes))
    total_label = text(bar.total, total, 17, f"{anchor(total, bar.total)} total")
    return chart("bar", bar.title, bar.description, HEIGHT, GROUND + parts + drawing + labels + names + total_label)


def _whisker(low: float, high: float) -> str:
    """The range, with its ends."""
    left, right = f"{10 * low:.0f}", f"{10 * high:.0f}"
    line = f"M{left} {WHISKER}L{right} {WHISKER}"
    ends = f"M{left} {WHISKER_TOP}L{left} {WHISKER_END}M{right} {WHISKER_TOP}L{right} {WHISKER_END}"
    return drawn("whisker", line + ends)


def _ruler(marks: tuple[Mark, ...], largest: int) -> tuple[str, str]:
    """The lines of a ruler, and its labels."""
    places = [100 * mark.size_bytes / largest for mark in marks]
    holds = places[-1]
    ticks = [[(place, BASE), (place, BASE + 8)] for place in places[:-1]]
    lines = [
        path("notch", [[(place, BASE - 9), (place, BASE)] for place in places[:-1]]),
        path("tick", [[(0, BASE), (100, BASE)], *ticks]),
        path("holds", [[(holds, TOP - 6), (holds, BASE + 10)]]),
    ]
    labels = []
    for mark in _spaced(marks, largest):
        place, strong = 100 * mark.size_bytes / largest, " strong" if mark is marks[-1] else ""
        labels.append(text(mark.label, place, BASE + 27, anchor(place, mark.label) + strong))
    return "".join(lines), "".join(labels)


def _spaced(marks: Iterable[Mark], largest: int) -> list[Mark]:
    """The marks whose labels don't touch, the largest kept."""
    kept: list[Mark] = []
    free = 100.0
    for mark in sorted(marks, key=lambda mark: -mark.size_bytes):
        place, width = 100 * mark.size_bytes / largest, share(mark.label)
        right = {"end": place, "middle": place + width / 2, "start": place + width}[anchor(place, mark.label)]
        if right <= free + 1e-9:
            kept.append(mark)
            free = right - width
    return kept


_rulers = Fragments()
