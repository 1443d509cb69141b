"""The memory ruler: the parts of a total, stacked along the sizes that devices are sold with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from generator.pages.page import BarChart, Mark
from generator.render.fragments import Fragments
from generator.render.svg import anchor, chart, drawn, label_in_html, path, share, stretched, text

TOP, THICKNESS, HEIGHT = 36, 44, 124
BASE = TOP + THICKNESS
NAMES_LINE, MARKS_LINE, TOTAL_LINE = f"{TOP + 27}", BASE + 27, "17"
WHISKER_LINE, WHISKER_END = f"{TOP - 9}", f"{TOP - 14}v10"
WHOLE = 1000
"""All of the width, in the steps that parts are drawn in, and by which ``stretched`` drawings count."""
LONG_SEGMENT = 260
"""Steps from which a part carries its name."""
THINNEST = 2
"""Steps that a part takes at least, so that it is seen."""
WIDTHS = tuple(f"{steps / 10:.1f}%" for steps in range(WHOLE + THINNEST + 1))
"""Per cent of the width, by steps: making these texts took a fifth of drawing."""

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


def bar_chart(bar: BarChart) -> str:
    """Stacked parts on a ruler of memory sizes; a whisker shows the range. One to a page: its patterns have ids.

    Each part is drawn from the left edge, over those that come after it. The last mark is the size that holds the
    total and the range, and is drawn stronger.
    """
    lines, labels = _rulers.once(_ruler, bar.marks)
    scale = WHOLE / bar.marks[-1].size_bytes
    parts, left, end = "", 0, 0
    for segment in bar.segments:
        left += segment.size_bytes
        start, end = end, int(scale * left + 0.5)
        parts = WIDTHS[end if end - start >= THINNEST else start + THINNEST].join(_drawn_part(segment.part)) + parts
        if end - start >= LONG_SEGMENT:
            name = label_in_html(segment.label)
            labels += f'<text class="in" x="{WIDTHS[(start + end) // 2]}" y="{NAMES_LINE}">{name}</text>'
    place = f'class="{anchor(end / 10, bar.total)} total" x="{WIDTHS[end]}" y="{TOTAL_LINE}"'
    low, high = str(int(scale * bar.low_bytes + 0.5)), str(int(scale * bar.high_bytes + 0.5))
    whisker = f"M{low} {WHISKER_LINE}H{high}M{low} {WHISKER_END}M{high} {WHISKER_END}"
    drawing = stretched(HEIGHT, lines + drawn("whisker", whisker))
    total = f"<text {place}>{label_in_html(bar.total)}</text>"
    return chart("bar", bar.title, bar.description, HEIGHT, f"{GROUND}{parts}{drawing}{labels}{total}")


@cache
def _drawn_part(part: str) -> tuple[str, ...]:
    """A part's rectangles, cut where their width goes."""
    rectangles = [f'<rect class="p-{part}" width="']
    if part in PATTERN_OF:
        rectangles.append(f'{STRIP}<rect fill="url(#{PATTERN_OF[part]})" width="')
    return *rectangles, STRIP


def _ruler(marks: tuple[Mark, ...]) -> tuple[str, str]:
    """The lines of a ruler, and its labels."""
    largest = marks[-1].size_bytes
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
        labels.append(text(mark.label, place, MARKS_LINE, anchor(place, mark.label) + strong))
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
