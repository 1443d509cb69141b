"""How far quantized weights were measured to stray from 16 bits, as pages tell it."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from generator import formats
from generator.catalog import Catalog, Quantization

DIGITS = 4
"""Decimals that the sources give of a KL divergence."""


class Strayed(Struct, frozen=True):
    """One quantization in one measurement: the KL divergence from 16 bits, with importance matrix where that is nearer.

    place : rank among the quantizations of the measurement, nearest first. of : how many those are.
    """

    model: str
    kl_divergence: float
    place: int
    of: int

    @property
    def text(self) -> str:
        return formats.decimals(self.kl_divergence, DIGITS)


def strayed(catalog: Catalog, quantization: Quantization) -> Strayed | None:
    """The first measurement that has the quantization, None where none has."""
    for model, nearest in _measurements(catalog):
        own = nearest.get(quantization.slug)
        if own is not None:
            place = sum(each < own for each in nearest.values()) + 1
            return Strayed(catalog.models[model].name, own, place, len(nearest))
    return None


@lru_cache(maxsize=8)
def _measurements(catalog: Catalog) -> tuple[tuple[str, dict[str, float]], ...]:
    """The model of each measurement, by slug, and the least KL divergence of each quantization."""
    found = []
    for measured in catalog.quality:
        nearest: dict[str, float] = {}
        for row in measured.rows:
            nearest[row.quantization] = min(row.kl_divergence, nearest.get(row.quantization, row.kl_divergence))
        found.append((measured.model, nearest))
    return tuple(found)
