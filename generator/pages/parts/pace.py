"""Speeds in words: how a range of tokens a second compares with how fast people read."""

from __future__ import annotations

from enum import StrEnum

from generator.placement.speed import Speed

WORDS_A_MINUTE = 238
"""Silent reading of English non-fiction by adults, the mean of 190 studies (Brysbaert 2019)."""

TOKENS_A_WORD = 4 / 3
"""Of English text, as the makers of tokenizers state it: 100 tokens to 75 words."""

READING_TOKENS_A_SECOND = WORDS_A_MINUTE / 60 * TOKENS_A_WORD
FAR_ABOVE, ABOVE = 6, 2
"""Times reading speed from which on the slow end of a range counts as far above it, and as above it."""


class Pace(StrEnum):
    """What a range of speeds is like to sit in front of, fastest first."""

    FAR_ABOVE = "far faster than reading"
    ABOVE = "faster than reading"
    READING = "about as fast as reading"
    BELOW = "slower than reading"
    UNKNOWN = "speed not known"


def pace(speed: Speed | None) -> Pace:
    """Judged by the slow end of the range; only what never reaches reading speed is called slower."""
    if speed is None:
        return Pace.UNKNOWN
    if speed.low >= FAR_ABOVE * READING_TOKENS_A_SECOND:
        return Pace.FAR_ABOVE
    if speed.low >= ABOVE * READING_TOKENS_A_SECOND:
        return Pace.ABOVE
    return Pace.READING if speed.high >= READING_TOKENS_A_SECOND else Pace.BELOW
