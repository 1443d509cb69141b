"""A MemoryProfile: what a model takes, as terms that are linear in the context between two bends.

The same terms give the total at any context, the chart over it and the largest context that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Component(StrEnum):
    """What memory is for."""

    WEIGHTS = "weights"
    KV_CACHE = "kv_cache"
    RECURRENT_STATE = "recurrent_state"
    COMPUTE = "compute"
    OUTPUT = "output"
    RUNTIME = "runtime"

    __hash__ = str.__hash__  # Enum's own is written in Python, and sizes are looked up by component for every figure


class Place(StrEnum):
    """Where memory is."""

    DEVICE = "device"
    HOST = "host"

    __hash__ = str.__hash__


class Term(NamedTuple):
    """``fixed_bytes + bytes_per_cell * cells(context)``.

    cells(context) = context tokens / tokens_per_cell, rounded up to a multiple of ``cell_padding``,
    at least ``min_cells`` and at most ``max_cells`` (the window). All for all sequences together:
    ``context`` is tokens of one sequence, and ``bytes_per_cell`` counts the cells of every sequence.

    experts : weights of routed experts, which engines can keep in system memory.
    phase : terms of one component that carry a phase share memory between phases: the largest counts.
    """

    component: Component
    label: str
    fixed_bytes: int = 0
    bytes_per_cell: int = 0
    tokens_per_cell: int = 1
    cell_padding: int = 1
    min_cells: int = 0
    max_cells: int | None = None
    place: Place = Place.DEVICE
    phase: str | None = None
    experts: bool = False

    def cells(self, context: int) -> int:
        """Cells that one sequence of ``context`` tokens takes."""
        step = self.tokens_per_cell * self.cell_padding
        cells = -(-context // step) * self.cell_padding
        if cells < self.min_cells:
            cells = self.min_cells
        return cells if self.max_cells is None or cells < self.max_cells else self.max_cells

    def size(self, context: int) -> int:
        """Bytes at ``context`` tokens a sequence."""
        return self.fixed_bytes + self.bytes_per_cell * self.cells(context)


@dataclass(frozen=True)
class MemoryProfile:
    """All terms of one (architecture, quantization, engine, settings).

    context_step : the engine rounds a sequence's context up to a multiple of this, tokens.
    """

    terms: tuple[Term, ...]
    context_step: int = 1

    def padded(self, context: int) -> int:
        """``context`` as the engine rounds it, tokens."""
        return -(-context // self.context_step) * self.context_step

    def size(self, context: int, component: Component | None = None, place: Place | None = Place.DEVICE) -> int:
        """Bytes at ``context`` tokens a sequence; all components or places where None."""
        tokens, total = self.padded(context), 0
        for part in self._parts:
            if (component is None or part.component is component) and (place is None or part.place is place):
                total += part.size(tokens)
        return total

    def sizes(self, context: int) -> dict[tuple[Component, Place], int]:
        """Bytes of every component in every place at ``context`` tokens a sequence; what takes none is left out."""
        tokens = self.padded(context)
        return {(part.component, part.place): part.size(tokens) for part in self._parts}

    def on_device(self, context: int) -> tuple[int, int]:
        """Bytes of the compute buffer, and of all else, on the device at ``context`` tokens a sequence."""
        tokens = self.padded(context)
        compute = rest = 0
        for part in self._parts:
            if part.place is not Place.DEVICE:
                continue
            if part.component is Component.COMPUTE:
                compute += part.size(tokens)
            else:
                rest += part.size(tokens)
        return compute, rest

    def __getstate__(self) -> dict[str, object]:
        """What is kept: parts are put together again when they are asked for."""
        return {"terms": self.terms, "context_step": self.context_step}

    @cached_property
    def _parts(self) -> tuple[_Part, ...]:
        grouped: dict[tuple[Component, Place], list[Term]] = {}
        for term in self.terms:
            grouped.setdefault((term.component, term.place), []).append(term)
        return tuple(_part(component, place, terms) for (component, place), terms in grouped.items())


@dataclass(frozen=True, slots=True)
class _Part:
    """The terms of one component in one place, ready to be summed often.

    fixed_bytes, growing : what always counts. phases : the same of each phase, of which the largest counts.
    """

    component: Component
    place: Place
    fixed_bytes: int
    growing: tuple[Term, ...]
    phases: tuple[tuple[int, tuple[Term, ...]], ...]

    def size(self, tokens: int) -> int:
        total = self.fixed_bytes
        for term in self.growing:
            total += term.bytes_per_cell * term.cells(tokens)
        largest = None
        for fixed_bytes, growing in self.phases:
            size = fixed_bytes
            for term in growing:
                size += term.bytes_per_cell * term.cells(tokens)
            if largest is None or size > largest:
                largest = size
        return total + (largest or 0)


def _part(component: Component, place: Place, terms: list[Term]) -> _Part:
    phases: dict[str | None, list[Term]] = {None: []}
    for term in terms:
        phases.setdefault(term.phase, []).append(term)
    always = phases.pop(None)
    return _Part(component, place, *_summed(always), tuple(_summed(each) for each in phases.values()))


def _summed(terms: list[Term]) -> tuple[int, tuple[Term, ...]]:
    """The fixed bytes of ``terms`` together, and those that grow with the context."""
    return sum(term.fixed_bytes for term in terms), tuple(term for term in terms if term.bytes_per_cell)


@dataclass(frozen=True)
class EngineMemory:
    """What one engine takes for one model, quantization and settings, driver and libraries left out.

    held : terms of weights, caches and outputs.
    compute : makes the terms of the compute buffer, which take longest to find and are often not asked for.
    compute_at : the compute buffer's bytes on device and host for a stream of so many tokens, where terms may
        miss them between their bends; None where they never do.
    exact : what it answered so far, by tokens.
    weights_bytes : tensor data loaded, each tensor once.
    weights_file_bytes : tensor data in the file or checkpoint, blocks that aren't loaded included.
    pytorch : the process carries PyTorch's libraries.
    blocks : weights on the device of each block, then of the output head, bytes; none where that isn't known.
    experts : routed experts of each block, bytes; none for a dense model, and where that isn't known.
    context_step : the engine rounds a sequence's context up to a multiple of this, tokens.
    """

    held: tuple[Term, ...]
    compute: Callable[[], Iterable[Term]]
    weights_bytes: int
    weights_file_bytes: int
    pytorch: bool
    blocks: tuple[int, ...] = ()
    experts: tuple[int, ...] = ()
    context_step: int = 1
    compute_at: Callable[[int], tuple[int, int]] | None = None
    exact: dict[int, tuple[int, int]] = field(default_factory=dict, compare=False)

    def __getstate__(self) -> dict[str, object]:
        """What is kept: all but what is made of it at once."""
        return {name: value for name, value in vars(self).items() if name != "held_profile"}

    @cached_property
    def held_profile(self) -> MemoryProfile:
        """Weights, caches and outputs alone, for who doesn't ask for the compute buffer."""
        return MemoryProfile(self.held, self.context_step)

    @cached_property
    def profile(self) -> MemoryProfile:
        """All terms together."""
        return MemoryProfile((*self.held, *self.compute()), self.context_step)
