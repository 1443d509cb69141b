"""What a comparison of pages finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pages and the share of phrases that both have among those that either has."""

    one: str
    other: str
    share: float


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages of one kind: how many, and the share of their phrases that stand on no other page, least and on average."""

    name: str
    pages: int
    least_own: float
    mean_own: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was found: pairs above the limit, the most alike first, and the kinds of pages."""

    pages: int
    pairs: tuple[Pair, ...]
    kinds: tuple[Kind, ...]
