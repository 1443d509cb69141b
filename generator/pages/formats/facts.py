"""The figures that pages about quantizations ask of every model."""

from __future__ import annotations

import statistics
from contextlib import suppress

from msgspec import Struct

from generator.catalog import Quantization
from generator.memory.errors import MemoryModelError
from generator.memory.gguf_recipes import MIXES
from generator.memory.recipe import indivisible_share
from generator.scenarios import GGUF_ENGINE, Atlas, Figures

BITS = 8


class StoredModel(Struct, frozen=True):
    """A model at a quantization: what is loaded of its weights, and bits a weight.

    indivisible : part of its weights in rows that are no whole number of a GGUF mix's blocks.
    """

    slug: str
    name: str
    weights_bytes: int
    parameters: int
    bits: float
    indivisible: float


class FormatFacts(Struct, frozen=True):
    """A quantization over all listed models that have a form of it, fewest bits first."""

    quantization: Quantization
    models: tuple[StoredModel, ...]
    median_bits: float

    def of(self, slug: str) -> StoredModel | None:
        """The model called ``slug`` at this quantization."""
        return next((each for each in self.models if each.slug == slug), None)


def all_formats(atlas: Atlas) -> tuple[FormatFacts, ...]:
    """Every quantization that a model has a form of, most bits first."""
    return tuple(atlas.once("formats", _all_formats).values())


def format_facts(atlas: Atlas, slug: str) -> FormatFacts:
    """One quantization over all models."""
    return atlas.once("formats", _all_formats)[slug]


def _all_formats(atlas: Atlas) -> dict[str, FormatFacts]:
    """Those by slug; the models one after the other, as what is kept of one is read once, then let go."""
    listed = atlas.catalog.listed
    stored: dict[str, list[StoredModel]] = {slug: [] for slug in atlas.catalog.quantizations}
    figures = atlas.values("formats", _sizes, listed)
    for model, name, (parameters, sizes) in zip(listed, atlas.catalog.names(listed), figures, strict=True):
        for slug, (weights_bytes, indivisible) in sizes.items():
            bits = BITS * weights_bytes / parameters
            stored[slug].append(StoredModel(model, name, weights_bytes, parameters, bits, indivisible))
    found = (_facts(atlas.catalog.quantizations[slug], models) for slug, models in stored.items() if models)
    return {each.quantization.slug: each for each in sorted(found, key=lambda each: -each.median_bits)}


def _facts(quantization: Quantization, models: list[StoredModel]) -> FormatFacts:
    models.sort(key=lambda each: each.bits)
    return FormatFacts(quantization, tuple(models), statistics.median(each.bits for each in models))


def _sizes(atlas: Atlas, figures: Figures) -> tuple[int, dict[str, tuple[int, float]]]:
    """A model's parameters; at each quantization that it has a form of, bytes of weights and the indivisible part."""
    sizes = {}
    for slug, quantization in atlas.catalog.quantizations.items():
        if quantization.requires_moe and not figures.is_moe:
            continue
        with suppress(MemoryModelError):
            sizes[slug] = _weights_bytes(figures, quantization), _indivisible(figures, quantization)
    return figures.architecture.parameters(), sizes


def _indivisible(figures: Figures, quantization: Quantization) -> float:
    return indivisible_share(figures.architecture, quantization.name) if quantization.name in MIXES else 0.0


def _weights_bytes(figures: Figures, quantization: Quantization) -> int:
    """Weights in the first engine that has the model; where llama.cpp reads the quantization, in that alone."""
    engines = quantization.engines
    for engine in engines[:1] if engines[0] == GGUF_ENGINE else engines:
        try:
            return figures.estimator(quantization, engine).memory.weights_bytes
        except MemoryModelError as error:
            refusal = error
    raise refusal
