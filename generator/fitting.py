"""What fits in a given memory: the largest context, and the quantizations that do."""

from __future__ import annotations

from dataclasses import dataclass

from generator.accuracy.bands import Bands
from generator.catalog import Catalog
from generator.memory.architecture import Architecture
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import Estimate, estimator
from generator.memory.settings import RunSettings


@dataclass(frozen=True, slots=True)
class FittingQuantization:
    """One quantization in a memory budget.

    largest_context : tokens a sequence whose high total fits, 0 if none does.
    asked : the figures at the context that was asked for.
    """

    quant: str
    largest_context: int
    asked: Estimate
    asked_fits: bool


def fitting_quantizations(
    catalog: Catalog,
    bands: Bands,
    architecture: Architecture,
    engine: str,
    settings: RunSettings,
    context: int,
    context_max: int,
    budget_bytes: int,
) -> tuple[FittingQuantization, ...]:
    """Every quantization of ``engine`` that the model has a form of, largest weights first."""
    band = bands.of(engine, architecture).error
    found = []
    for quantization in catalog.quantizations.values():
        if engine not in quantization.engines:
            continue
        try:
            chosen = estimator(architecture, quantization.name, engine, settings)
            asked = chosen.at(context, band=band)
        except MemoryModelError:
            continue
        largest = chosen.largest_context(budget_bytes, context_max, band=band)
        fits = asked.total_high_bytes <= budget_bytes
        found.append(FittingQuantization(quantization.name, largest, asked, fits))
    return tuple(sorted(found, key=lambda item: -item.asked.weights_bytes))
