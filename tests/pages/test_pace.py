"""Speeds in words: what a range of tokens a second is like for someone who reads along."""

from __future__ import annotations

import pytest

from generator.catalog import Efficiency
from generator.pages.parts.pace import READING_TOKENS_A_SECOND, Pace, pace
from generator.placement.speed import Speed
from tests.sample_site import atlas


def speed(low: float, high: float) -> Speed:
    basis: Efficiency = atlas().catalog.efficiencies[0]
    return Speed(high, low, (low + high) / 2, high, basis, basis.fastest)


def test_people_read_four_words_a_second_which_are_five_tokens() -> None:
    assert 3.9 < READING_TOKENS_A_SECOND * 3 / 4 < 4.0
    assert 5 < READING_TOKENS_A_SECOND < 5.5


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (40, 80, Pace.FAR_ABOVE),
        (20, 80, Pace.ABOVE),
        (4, 8, Pace.READING),
        (8, 30, Pace.READING),
        (2, 5, Pace.BELOW),
    ],
)
def test_the_slow_end_of_a_range_decides_unless_nothing_of_it_reaches_reading_speed(
    low: float, high: float, expected: Pace
) -> None:
    assert pace(speed(low, high)) is expected


def test_an_unknown_rate_is_called_unknown() -> None:
    assert pace(None) is Pace.UNKNOWN
