"""Totals over the context, logarithmic both ways, with memory sizes as levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import log2

from generator.pages.page import CurveChart, CurveLine, CurvePoint, Mark
from generator.render.svg import anchor, chart, path, share, stretched, text

HEIGHT, TALL = 300, 420
"""Pixels, for one line and for several."""
TOP, BOTTOM = 26, 34
LEFT, WIDTH = 4.0, 91.0
LEVEL_GAP = 20
NAME_GAP = 15
NEXT_LEVEL = 0.6
"""How far above the largest total, in doublings, the next memory size may lie to be shown."""


def curve_chart(curve: CurveChart) -> str:
    """One line with its points, or several that carry their names where they start."""
    plane = _Plane(curve.lines, curve.marks)
    return chart("curve", curve.title, curve.description, plane.height, "".join(plane.parts))


class _Plane:
    """Where lines and memory sizes lie.

    height : of the picture, pixels. parts : all that is drawn.
    """

    def __init__(self, lines: tuple[CurveLine, ...], marks: tuple[Mark, ...]) -> None:
        several = len(lines) > 1
        self.height = TALL if several else HEIGHT
        contexts = [log2(point.context) for line in lines for point in line.points]
        sizes = [log2(point.size_bytes) for line in lines for point in line.points]
        self._first, self._spread = min(contexts), max(max(contexts) - min(contexts), 1e-9)
        beside = max((share(mark.name) for mark in marks), default=0) if several else 0
        self._width = min(WIDTH, 100 - LEFT - beside)
        self._low, self._high = min(sizes) - 0.25, max(sizes) + 0.25
        if marks and log2(marks[-1].size_bytes) < self._high + NEXT_LEVEL:
            self._high = max(self._high, log2(marks[-1].size_bytes) + 0.1)
        longest = max(lines, key=lambda line: len(line.points))
        beside_lines = (*self._names(lines), *self._ends(lines, marks)) if several else self._dots(lines[0].points)
        self.parts = (*self._drawing(lines, marks, several), *self._contexts(longest.points), *beside_lines)

    def _contexts(self, points: Sequence[CurvePoint]) -> Iterator[str]:
        """The names of the contexts that have room, the longest kept."""
        free = 101.0
        for point in reversed(points):
            place, half = self._x(point), share(point.label) / 2
            if place + half <= free:
                yield text(point.label, place, self.height - 8, anchor(place, point.label))
                free = place - half

    def _dots(self, points: Sequence[CurvePoint]) -> Iterator[str]:
        """A dot for each context, and the total above the last."""
        for point in points:
            yield f'<circle class="dot" cx="{self._x(point):.2f}%" cy="{self._y(point.size_bytes):.1f}" r="3.5"/>'
        last, place = points[-1], self._x(points[-1])
        yield text(last.text, place, self._y(last.size_bytes) - 12, f"{anchor(place, last.text)} total")

    def _x(self, point: CurvePoint) -> float:
        """Per cent of the width."""
        return LEFT + self._width * (log2(point.context) - self._first) / self._spread

    def _y(self, size_bytes: int) -> float:
        """Pixels from the top."""
        return TOP + (self._high - log2(size_bytes)) / (self._high - self._low) * (self.height - TOP - BOTTOM)

    def _drawing(self, lines: tuple[CurveLine, ...], marks: tuple[Mark, ...], several: bool) -> Iterator[str]:
        levels = [(mark, self._y(mark.size_bytes)) for mark in self._apart(marks) if self._shown(mark)]
        paths = [path("level", [((0, y), (100, y)) for _, y in levels])]
        for line in sorted(lines, key=lambda line: line.chief):
            through = [(self._x(point), self._y(point.size_bytes)) for point in line.points]
            paths.append(path("line" if line.chief else "other", [through]))
        yield stretched(self.height, "".join(paths))
        yield from (_level_name(mark, y, several) for mark, y in levels)

    def _shown(self, mark: Mark) -> bool:
        return self._low <= log2(mark.size_bytes) <= self._high

    def _apart(self, marks: Iterable[Mark]) -> Iterator[Mark]:
        """The marks whose levels lie far enough apart to be named, the smallest kept."""
        taken = None
        for mark in marks:
            if taken is None or taken - self._y(mark.size_bytes) >= LEVEL_GAP:
                taken = self._y(mark.size_bytes)
                yield mark

    def _names(self, lines: Iterable[CurveLine]) -> Iterator[str]:
        """Each line's name below its start, as lines rise, moved down where it would touch the one above."""
        free = 0.0
        for line in sorted(lines, key=lambda line: self._y(line.points[0].size_bytes)):
            level = max(self._y(line.points[0].size_bytes) + NAME_GAP, free)
            yield text(line.name, LEFT, level, "strong" if line.chief else "start")
            free = level + NAME_GAP

    def _ends(self, lines: Iterable[CurveLine], marks: Iterable[Mark]) -> Iterator[str]:
        """What each line ends at, where no memory size lies between them to tell how high they are."""
        if not any(self._shown(mark) for mark in marks):
            for line in lines:
                end = line.points[-1]
                yield text(end.text, self._x(end), self._y(end.size_bytes) - 8, "end")


def _level_name(mark: Mark, level: float, several: bool) -> str:
    """At the left, or right of the lines where the left belongs to their names."""
    return text(mark.name, 100, level - 4, "end name") if several else text(mark.name, 0, level - 4, "name")
