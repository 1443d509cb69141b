"""The figures that pages about quantizations ask of every model."""

from __future__ import annotations

import statistics
from contextlib import suppress
from functools import lru_cache

from msgspec import Struct

from generator.catalog import Quantization
from generator.memory.errors import MemoryModelError
from generator.memory.gguf_recipes import MIXES
from generator.memory.recipe import indivisible_share
from generator.scenarios import GGUF_ENGINE, Atlas, Figures, Subject

BITS = 8


class StoredModel(Struct, frozen=True):
    """A model at a quantization: what is loaded of its weights, and bits a weight.

    indivisible : part of its weights in rows that are no whole number of a GGUF mix's blocks.
    """

    subject: Subject
    weights_bytes: int
    parameters: int
    indivisible: float

    @property
    def bits(self) -> float:
        return BITS * self.weights_bytes / self.parameters


class FormatFacts(Struct, frozen=True):
    """A quantization over all listed models that have a form of it, fewest bits first."""

    quantization: Quantization
    models: tuple[StoredModel, ...]

    @property
    def median_bits(self) -> float:
        return statistics.median(each.bits for each in self.models)

    def of(self, slug: str) -> StoredModel | None:
        """The model called ``slug`` at this quantization."""
        return next((each for each in self.models if each.subject.model.slug == slug), None)


@lru_cache(maxsize=4)
def all_formats(atlas: Atlas) -> tuple[FormatFacts, ...]:
    """Every quantization that a model has a form of, most bits first."""
    found = (format_facts(atlas, each) for each in atlas.catalog.quantizations.values())
    return tuple(sorted((each for each in found if each.models), key=lambda each: -each.median_bits))


def format_facts(atlas: Atlas, quantization: Quantization) -> FormatFacts:
    """One quantization over all models."""
    return FormatFacts(quantization, tuple(sorted(_stored(atlas)[quantization.slug], key=lambda each: each.bits)))


@lru_cache(maxsize=4)
def _stored(atlas: Atlas) -> dict[str, list[StoredModel]]:
    """The models of each quantization, one after the other: what is kept of a model is read once, then let go."""
    stored: dict[str, list[StoredModel]] = {slug: [] for slug in atlas.catalog.quantizations}
    for subject, (parameters, sizes) in atlas.of_each("formats", _sizes, atlas.catalog.listed):
        for slug, (weights_bytes, indivisible) in sizes.items():
            stored[slug].append(StoredModel(subject, weights_bytes, parameters, indivisible))
    return stored


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
