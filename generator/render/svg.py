"""What the charts share: text for people, shapes for the eye, colours and patterns from the stylesheet.

Horizontal places are per cent of the width and text keeps its size, so that a chart reads alike on a
phone and on a wide screen. Lines lie in a drawing of their own that is stretched to the width.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from generator.render.texts import in_html

NARROWEST = 340
"""Width in pixels that labels must not collide at."""
LETTER = 7.2
"""Widest mean width of a letter at 13 pixels."""
GAP = 10

Point = tuple[float, float]
"""Per cent of the width, pixels from the top."""


label_in_html = lru_cache(maxsize=1024)(in_html)
"""A label, escaped; the same stand on many pages."""


def share(label: str) -> float:
    """Per cent of the narrowest chart that a label takes, with room around it."""
    return 100 * (LETTER * len(label) + GAP) / NARROWEST


def anchor(place: float, label: str) -> str:
    """Which end of a label stands at ``place``, per cent, so that it stays inside the chart."""
    half = share(label) / 2
    if place + half > 100:
        return "end"
    return "middle" if place - half >= 0 else "start"


def text(label: str, place: float, y: float, classes: str) -> str:
    """A label at ``place`` per cent."""
    return f'<text class="{classes}" x="{place:.2f}%" y="{y:.1f}">{label_in_html(label)}</text>'


def path(classes: str, lines: Iterable[Iterable[Point]]) -> str:
    """Lines through points, for a ``stretched`` drawing."""
    return drawn(classes, "".join("M" + "L".join(f"{10 * x:.0f} {y:.1f}" for x, y in points) for points in lines))


def drawn(classes: str, steps: str) -> str:
    """A path for a ``stretched`` drawing, which is 1000 wide."""
    return f'<path class="{classes}" vector-effect="non-scaling-stroke" d="{steps}"/>'


def stretched(height: int, paths: str) -> str:
    """Paths whose horizontal places are per cent of the width."""
    head = f'<svg width="100%" height="{height}" viewBox="0 0 1000 {height}" preserveAspectRatio="none">'
    return f"{head}{paths}</svg>"


def chart(name: str, title: str, description: str, height: int, drawing: str) -> str:
    """The whole picture, with the title and description that stand for it where it isn't seen.

    No line is broken in a drawing, so that its spaces are plain ones; what is ASCII is encoded in a tenth of the time.
    """
    words = f'<title id="{name}-title">{in_html(title)}</title><desc id="{name}-desc">{in_html(description)}</desc>'
    labels = f'aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
    picture = f'<svg role="img" {labels} paint-order="stroke" width="100%" height="{height}">{words}{drawing}</svg>'
    return picture.replace("\N{NO-BREAK SPACE}", " ")
