"""The figures of one scenario, fetched once and asked by every part of its page."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from generator import formats
from generator.accuracy.bands import Band
from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.memory.estimate import Estimate, Estimator
from generator.memory.usual import usual_kv_bytes
from generator.scenarios import Figures, Subject

SIZE = re.compile(r"\d+(?:\.\d+)?[MB]")
"""A word of a name that tells the parameters."""

USUAL_DIFFERENCE = 0.05
"""From this relative difference on, a page shows what the usual formula says."""


class Facts(Struct, frozen=True, eq=False):
    """A model at a quantization and a context, with all figures.

    context_text, total_text : context and total as pages write them.
    memory_class : the smallest size that devices are sold with and that surely holds it; None beyond the largest.
    """

    subject: Subject
    quantization: Quantization
    context: int
    context_text: str
    engine: str
    estimator: Estimator
    estimate: Estimate
    total_text: str
    band: Band
    usual_kv_bytes: int
    memory_class: MemoryClass | None

    @property
    def name(self) -> str:
        return self.subject.model.name

    @property
    def engine_name(self) -> str:
        return self.subject.engine_name(self.engine)

    @property
    def pytorch(self) -> bool:
        """Whether the engine is a PyTorch process."""
        return self.estimator.memory.pytorch

    @property
    def offloads(self) -> bool:
        """Whether the engine can keep layers or experts in system memory."""
        return self.subject.offloads(self.engine)

    @property
    def cache_bytes(self) -> int:
        """All that is kept for past tokens: KV cache and recurrent state."""
        return self.estimate.kv_cache_bytes + self.estimate.recurrent_state_bytes

    @property
    def overhead_bytes(self) -> int:
        """Compute buffer, driver and libraries."""
        return self.estimate.compute_bytes + self.estimate.runtime_bytes

    @property
    def usual_differs(self) -> bool:
        """Whether the usual formula misses the KV cache by more than ``USUAL_DIFFERENCE``."""
        actual = self.cache_bytes
        return abs(self.usual_kv_bytes - actual) > USUAL_DIFFERENCE * max(actual, 1)

    @property
    def memory_classes(self) -> tuple[MemoryClass, ...]:
        """Sizes that the engine's devices are sold with, smallest first."""
        return self.subject.memory_classes(self.engine)

    def class_for(self, needed_bytes: int) -> MemoryClass | None:
        """The smallest size that devices are sold with and that holds ``needed_bytes``; None beyond the largest."""
        return _holding(self.memory_classes, needed_bytes)

    def longest_in(self, size: MemoryClass) -> int:
        """The largest context, tokens, that surely fits a memory size at this quantization; 0 if none does."""
        found = largest_contexts(self.subject, self.quantization)
        return next(longest for each, longest in found if each == size)

    @property
    def memory_text(self) -> str:
        """The smallest memory size that surely holds it."""
        return formats.smallest_memory(self.memory_class.gb if self.memory_class else None)

    @property
    def range_text(self) -> str:
        return formats.span(self.estimate.total_low_bytes, self.estimate.total_high_bytes)


def _holding(classes: tuple[MemoryClass, ...], needed_bytes: int) -> MemoryClass | None:
    return next((each for each in classes if each.capacity_bytes >= needed_bytes), None)


@lru_cache(maxsize=1024)
def facts(subject: Subject, quantization: Quantization, context: int) -> Facts:
    """The figures of one scenario, kept because its neighbours' tables ask for them too."""
    engine = subject.engine(quantization)
    band = subject.band(engine)
    estimator = subject.estimator_at(quantization, context, engine)
    estimate = estimator.at(context, subject.vendor(engine), band.error)
    return Facts(
        subject,
        quantization,
        context,
        formats.context(context),
        engine,
        estimator,
        estimate,
        formats.size(estimate.total_bytes),
        band,
        usual_kv_bytes(subject.architecture, context),
        _holding(subject.memory_classes(engine), estimate.total_high_bytes),
    )


@lru_cache(maxsize=64)
def facts_by_size(subject: Subject, engine: str, context: int) -> tuple[Facts, ...]:
    """One context at every quantization whose pages show ``engine``, largest weights first."""
    same = (quantization for quantization in subject.quantizations if subject.engine(quantization) == engine)
    return tuple(facts(subject, quantization, context) for quantization in same)


@lru_cache(maxsize=64)
def common_and(subject: Subject, quantization: Quantization) -> tuple[Quantization, ...]:
    """The quantizations that people ask about most, and another, largest weights first."""
    return tuple(each for each in subject.quantizations if each is quantization or subject.is_common(each))


@lru_cache(maxsize=64)
def common_by_size(subject: Subject, engine: str, context: int) -> tuple[Facts, ...]:
    """Those of them at the quantizations that people ask about most."""
    return tuple(each for each in facts_by_size(subject, engine, context) if subject.is_common(each.quantization))


def parameters_text(subject: Figures) -> str:
    """``17B active / 108B total``, or ``8B`` for a dense model."""
    architecture = subject.architecture
    total = formats.short_parameters(architecture.parameters())
    if not subject.is_moe:
        return total
    return f"{formats.short_parameters(architecture.parameters_active())} active / {total} total"


@lru_cache(maxsize=8)
def name_with_size(subject: Subject) -> str:
    """``Llama 4 Scout (17B active / 108B total)``, or ``Llama 3.1 8B`` and ``SmolLM2 135M``, whose names say it."""
    name = subject.model.name
    said = not subject.is_moe and any(SIZE.fullmatch(word) for word in name.split())
    return name if said else f"{name} ({parameters_text(subject)})"


def largest_contexts(subject: Subject, quantization: Quantization) -> tuple[tuple[MemoryClass, int], ...]:
    """For each memory size the largest context, tokens, that surely fits; 0 if none does."""
    return _largest_contexts(subject.figures, quantization)


@lru_cache(maxsize=128)
def _largest_contexts(figures: Figures, quantization: Quantization) -> tuple[tuple[MemoryClass, int], ...]:
    """The same for all jobs of a model."""
    sizes = figures.memory_classes(figures.engine(quantization))
    return tuple((size, figures.largest_context(quantization, size.capacity_bytes)) for size in sizes)
