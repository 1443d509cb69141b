"""The largest step that still fits, found with few looks."""

from __future__ import annotations

from collections.abc import Callable


def largest_fitting(
    size_at: Callable[[int], int], capacity: int, fits: tuple[int, int], too_large: tuple[int, int]
) -> int:
    """The largest step between two whose size is within ``capacity``.

    size_at : size of a step. fits, too_large : a step and its size, the first within the capacity, the other beyond.

    A line through both ends mostly hits it, as sizes are straight lines with few bends; where it misses by far, the
    middle is looked at. Where sizes fall in between it still ends at a step that fits whose next one doesn't.
    """
    (low, low_size), (high, high_size) = fits, too_large
    halve = False
    while high - low > 1:
        slope = max(high_size - low_size, 1)
        guess = (low + high) // 2 if halve else low + (capacity - low_size) * (high - low) // slope
        middle = min(max(guess, low + 1), high - 1)
        size = size_at(middle)
        if size <= capacity:
            halve, low, low_size = middle - low < (high - low) // 4, middle, size
        else:
            halve, high, high_size = high - middle < (high - low) // 4, middle, size
    return low
