"""A MemoryProfile: what a model takes, as terms that are linear in the context between two bends.

The same terms give the total at any context, the chart over it and the largest context that fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Component(StrEnum):
    """What memory is for."""

    WEIGHTS = "weights"
    KV_CACHE = "kv_cache"
    RECURRENT_STATE = "recurrent_state"
    COMPUTE = "compute"
    OUTPUT = "output"
    RUNTIME = "runtime"


class Place(StrEnum):
    """Where memory is."""

    DEVICE = "device"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Term:
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
        cells = max(-(-context // step) * self.cell_padding, self.min_cells)
        return cells if self.max_cells is None else min(cells, self.max_cells)

    def size(self, context: int) -> int:
        """Bytes at ``context`` tokens a sequence."""
        return self.fixed_bytes + self.bytes_per_cell * self.cells(context)


@dataclass(frozen=True, slots=True)
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
        chosen = (
            term
            for term in self.terms
            if (component is None or term.component is component) and (place is None or term.place is place)
        )
        return combined_size(chosen, self.padded(context))


@dataclass(frozen=True, slots=True)
class EngineMemory:
    """What one engine takes for one model, quantization and settings, driver and libraries left out.

    weights_bytes : tensor data loaded, each tensor once.
    weights_file_bytes : tensor data in the file or checkpoint, blocks that aren't loaded included.
    pytorch : the process carries PyTorch's libraries.
    """

    profile: MemoryProfile
    weights_bytes: int
    weights_file_bytes: int
    pytorch: bool


def combined_size(terms: Iterable[Term], context: int) -> int:
    """Bytes of ``terms`` together: a sum, but of phases that share a buffer only the largest."""
    total = 0
    phases: dict[tuple[Component, Place], dict[str, int]] = {}
    for term in terms:
        size = term.size(context)
        if term.phase is None:
            total += size
        else:
            sizes = phases.setdefault((term.component, term.place), {})
            sizes[term.phase] = sizes.get(term.phase, 0) + size
    return total + sum(max(sizes.values()) for sizes in phases.values())
