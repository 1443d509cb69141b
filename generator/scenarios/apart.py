"""The scenarios of a model whose answers differ in kind: most contexts have the same answer with other figures.

Of the quantization that people ask about most that is the longest context, and the steps of its ladder at which the
kind of answer changes. Other quantizations and engines have their own pages, which show every context.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from math import log
from typing import Protocol

from msgspec import Struct

from generator.catalog import Quantization
from generator.catalog.memory_class import MemoryClass
from generator.memory.architecture import Architecture
from generator.memory.estimate import Estimate
from generator.memory.kv_cache import TokenCache, caches

APART = 3
"""Totals that are so many times apart lead to other hardware, unless one memory size holds both. Pages closer than
that, of one model in one engine, share more than four in five of their phrases."""

STEP, NEARLY = 1.05, 2
"""The ratio of a step of totals, and so many steps up to which models need nearly the same memory."""


class Reason(StrEnum):
    """How a scenario's answer differs in kind from that of the next smaller context."""

    LONGEST = "the model's longest context"
    CACHE = "the cache outweighs the weights for the first time"
    WINDOW = "the first context beyond a window"
    MEMORY_CLASS = "another memory class than the next smaller context"


class HasAnswers(Protocol):
    """What of a model's figures tells whether its scenarios answer alike."""

    @property
    def architecture(self) -> Architecture: ...
    @property
    def kind(self) -> str: ...
    @property
    def quantizations(self) -> tuple[Quantization, ...]: ...
    @property
    def contexts(self) -> tuple[int, ...]: ...
    def engine(self, quantization: Quantization) -> str: ...
    def memory_classes(self, engine: str) -> tuple[MemoryClass, ...]: ...
    def estimate(self, quantization: Quantization, context: int) -> Estimate: ...


class Answer(Struct, frozen=True):
    """What a scenario's answer is like, told so roughly that few changes of a model change it.

    kind : how the model's memory behaves.
    devices, size_gb : the smallest memory size that holds it, or how many of the largest at least.
    outweighed : whether the cache is larger than the weights.
    steps : the total in steps of ``STEP``.
    """

    engine: str
    kind: str
    devices: int
    size_gb: int
    outweighed: bool
    steps: int

    def alike(self, other: Answer) -> bool:
        """Whether both lead to the same hardware, or need nearly the same memory, for the same reason."""
        same_reason = (self.engine, self.kind, self.outweighed) == (other.engine, other.kind, other.outweighed)
        same_hardware = (self.devices, self.size_gb) == (other.devices, other.size_gb)
        return same_reason and (same_hardware or abs(self.steps - other.steps) <= NEARLY)


class Apart(Struct, frozen=True):
    """A scenario of a model that differs in kind from its others: ``quantization`` is a slug."""

    quantization: str
    context: int
    reason: Reason
    answer: Answer


def scenarios_apart(figures: HasAnswers, chief: Quantization) -> tuple[Apart, ...]:
    """The scenarios of a model at one quantization that differ in kind from each other, the longest context first."""
    ladder = [_step(figures, chief, context) for context in figures.contexts]
    return tuple(Apart(chief.slug, step.context, why, step.answer) for step, why in _steps(ladder))


class _Step(Struct, frozen=True):
    """A context of the ladder, with its answer and the windows that may end before it, tokens."""

    context: int
    total_bytes: int
    answer: Answer
    windows: frozenset[int]


def _step(figures: HasAnswers, quantization: Quantization, context: int) -> _Step:
    engine = figures.engine(quantization)
    estimate = figures.estimate(quantization, context)
    sizes, high = figures.memory_classes(engine), estimate.total_high_bytes
    holding = next((size for size in sizes if high <= size.capacity_bytes), sizes[-1])
    outweighed = estimate.kv_cache_bytes > estimate.weights_device_bytes
    devices = -(-high // holding.capacity_bytes)
    total = estimate.total_bytes
    answer = Answer(engine, figures.kind, devices, holding.gb, outweighed, round(log(total, STEP)))
    return _Step(context, total, answer, windows(figures.architecture))


def _steps(ladder: list[_Step]) -> Iterator[tuple[_Step, Reason]]:
    """The longest context, then those at which the kind of answer changes and that lead to other hardware."""
    listed = ladder[-1]
    yield listed, Reason.LONGEST
    for before, here in reversed(list(pairwise(ladder[:-1]))):
        why = _change(before, here)
        elsewhere = here.answer.devices > 1 or here.answer.size_gb != listed.answer.size_gb
        if why and elsewhere and here.total_bytes * APART <= listed.total_bytes:
            yield here, why
            listed = here


def _change(before: _Step, here: _Step) -> Reason | None:
    """What is of another kind at a context than at the next smaller one."""
    if here.answer.outweighed and not before.answer.outweighed:
        return Reason.CACHE
    if any(before.context <= window < here.context for window in here.windows):
        return Reason.WINDOW
    held, holds = ((each.answer.devices == 1, each.answer.size_gb) for each in (before, here))
    return Reason.MEMORY_CLASS if held != holds else None


def windows(architecture: Architecture) -> frozenset[int]:
    """Sizes of the windows and chunks that a model's caches end at, tokens."""
    if "windows_ignored" in architecture.traits:
        return frozenset()
    return frozenset(
        cache.window.tokens for cache in caches(architecture) if isinstance(cache, TokenCache) and cache.window
    )
