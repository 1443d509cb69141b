"""What fits in a given memory or on a device: the largest context, and the quantizations that do."""

from __future__ import annotations

from msgspec import Struct

from generator.accuracy.bands import Bands
from generator.catalog import Catalog, UnknownName
from generator.catalog.generation import Generation
from generator.memory.architecture import Architecture
from generator.memory.errors import MemoryModelError
from generator.memory.estimate import Estimate, estimator
from generator.memory.settings import RunSettings
from generator.quantities import parse_bytes


class Budget(Struct, frozen=True):
    """Memory to fit into.

    name : as typed, or the device's. size_bytes : what there is, of a device what its driver reports.
    vendor : whose runtime counts. generation : of a device; decides which quantizations run there.
    """

    name: str
    size_bytes: int
    vendor: str
    generation: Generation | None = None


def parse_budget(catalog: Catalog, engine: str, text: str, field: str) -> Budget:
    """A budget from an amount of memory such as ``24GiB``, or from a device's slug or name.

    Raises
    ------
    MemoryModelError : neither; a device that the engine doesn't run on.
    """
    try:
        device = catalog.device(text)
    except UnknownName as unknown:
        try:
            return Budget(text, parse_bytes(text, field), catalog.engines[engine].vendor)
        except MemoryModelError as error:
            nearest = f"; did you mean {unknown.nearest[0]!r}?" if unknown.nearest else ""
            raise MemoryModelError(field, text, f"{error.allowed}, or a device{nearest}") from None
    if device.generation not in catalog.generations(engine):
        raise MemoryModelError(field, text, f"must be a device that {catalog.engines[engine].name} runs on")
    return Budget(device.name, device.memory_bytes, device.vendor, device.generation)


class FittingQuantization(Struct, frozen=True):
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
    budget: Budget,
) -> tuple[FittingQuantization, ...]:
    """Every quantization of ``engine`` that the model has a form of and the device runs, largest weights first."""
    band = bands.of(engine, architecture).error
    found = []
    for quantization in catalog.quantizations.values():
        if engine not in quantization.engines:
            continue
        if budget.generation and budget.generation not in catalog.generations(engine, quantization):
            continue
        try:
            chosen = estimator(architecture, quantization.name, engine, settings)
            asked = chosen.at(context, budget.vendor, band)
        except MemoryModelError:
            continue
        largest = chosen.largest_context(budget.size_bytes, context_max, budget.vendor, band)
        fits = asked.total_high_bytes <= budget.size_bytes
        found.append(FittingQuantization(quantization.name, largest, asked, fits))
    return tuple(sorted(found, key=lambda item: -item.asked.weights_bytes))
