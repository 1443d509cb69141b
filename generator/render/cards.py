"""Pictures for link previews, as PNG of sixteen colours: the same bytes for the same card.

Everything is drawn as one byte a pixel, text first, which shades from paper to ink; shapes then take the colours
that no shade has.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from generator.pages.page import PICTURE_SIZE, Mark
from generator.pages.social import SocialCard

WIDTH, HEIGHT = PICTURE_SIZE
MARGIN = 72
RIGHT = WIDTH - MARGIN
RULER_TOP, RULER_BOTTOM = 400, 468

PAPER, INK = (255, 255, 255), (22, 32, 43)
SHADES = 9
"""Steps from paper to ink, both included."""

COLOURS = {
    "weights": (15, 102, 118),
    "cache": (180, 84, 10),
    "state": (85, 121, 15),
    "compute": (119, 70, 160),
    "runtime": (99, 110, 122),
    "rest": (10, 76, 156),
    "empty": (228, 233, 238),
}
"""Of the parts, as the stylesheet has them on light paper, and of what stays free."""

HEADING_SIZES = (76, 64, 52, 42, 34, 28)
NOTE_SIZES = (26, 24, 22)
GAP = 10
"""Least pixels between two labels of the ruler."""


def card_png(card: SocialCard) -> bytes:
    """The picture of a card."""
    shades = Image.new("L", PICTURE_SIZE, 0)
    _write(ImageDraw.Draw(shades), card)
    picture = shades.point(_TO_SHADE)
    picture.putpalette(_PALETTE)
    _shapes(ImageDraw.Draw(picture), card)
    found = io.BytesIO()
    picture.save(found, "PNG", bits=4, compress_type=zlib.Z_RLE)  # flat areas: as small, in half the time
    return found.getvalue()


def drawn(text: str) -> str:
    """A text in the signs that the font has."""
    return text.translate(_SIGNS)


def _write(draw: ImageDraw.ImageDraw, card: SocialCard) -> None:
    """All text, as levels from 0 (paper) to 255 (ink)."""
    draw.text((MARGIN + 66, 58), drawn(card.site), font=_font(36), fill=255)
    font = _fitting(draw, card.heading, HEADING_SIZES)
    draw.text((MARGIN, 128), drawn(card.heading), font=font, fill=255, stroke_width=1)
    draw.text((MARGIN, 226), drawn(card.label), font=_font(34), fill=190)
    draw.text((MARGIN, 278), drawn(card.figure), font=_font(96), fill=255, stroke_width=2)
    draw.text((MARGIN, 552), drawn(card.note), font=_fitting(draw, card.note, NOTE_SIZES), fill=190)
    for mark, left, place in _labels(draw, card):
        draw.line([(place, RULER_BOTTOM), (place, RULER_BOTTOM + 12)], fill=140, width=2)
        draw.text((left, RULER_BOTTOM + 18), drawn(mark.label), font=_font(26), fill=190)


def _labels(draw: ImageDraw.ImageDraw, card: SocialCard) -> Iterator[tuple[Mark, float, float]]:
    """The marks whose labels don't touch, from the largest down, with the places of label and tick."""
    free = float(RIGHT)
    for mark in reversed(card.marks):
        place, width = _at(card, mark.size_bytes), draw.textlength(drawn(mark.label), font=_font(26))
        left = min(place - width / 2, RIGHT - width)
        if left >= MARGIN and left + width <= free:
            yield mark, left, place
            free = left - GAP


def _shapes(draw: ImageDraw.ImageDraw, card: SocialCard) -> None:
    """The site's sign, and the parts along the ruler."""
    for part, left, right in (("weights", 0, 28), ("cache", 30, 42), ("compute", 44, 52)):
        draw.rectangle((MARGIN + left, 62, MARGIN + right - 1, 62 + 31), fill=_INDEX[part])
    draw.rectangle((MARGIN, RULER_TOP, RIGHT, RULER_BOTTOM), fill=_INDEX["empty"])
    used = 0
    for segment in card.segments:
        left = _at(card, used)
        used += segment.size_bytes
        draw.rectangle((left, RULER_TOP, max(_at(card, used), left + 1), RULER_BOTTOM), fill=_INDEX[segment.part])


def _at(card: SocialCard, size_bytes: int) -> int:
    """Where on the ruler a size lies, pixels."""
    return MARGIN + (RIGHT - MARGIN) * size_bytes // card.marks[-1].size_bytes


def _fitting(draw: ImageDraw.ImageDraw, line: str, sizes: tuple[int, ...]) -> ImageFont.FreeTypeFont:
    """The largest font in which the line fits, or the smallest there is."""
    fonts = [_font(size) for size in sizes]
    return next((font for font in fonts if draw.textlength(drawn(line), font=font) <= RIGHT - MARGIN), fonts[-1])


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font that Pillow brings, so that every machine draws the same."""
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


def _shade(step: int) -> Iterator[int]:
    return (paper + (ink - paper) * step // (SHADES - 1) for paper, ink in zip(PAPER, INK, strict=True))


_SIGNS = str.maketrans(
    {"\N{NO-BREAK SPACE}": " ", "\N{MULTIPLICATION SIGN}": "x", "\N{RIGHT SINGLE QUOTATION MARK}": "'"}
)
_TO_SHADE = [level * (SHADES - 1) // 255 for level in range(256)]
_INDEX = {part: SHADES + place for place, part in enumerate(COLOURS)}
_PALETTE = [value for step in range(SHADES) for value in _shade(step)]
_PALETTE += [value for colour in COLOURS.values() for value in colour]
