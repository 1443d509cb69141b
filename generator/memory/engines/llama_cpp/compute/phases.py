"""The compute buffer over the context: a few straight lines, the largest of which counts, or one line with bends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.compute.allocator import Reservation, reserve_split, reserve_together
from generator.memory.engines.llama_cpp.compute.batch import FLOAT_TYPES, Batch
from generator.memory.engines.llama_cpp.compute.model import build
from generator.memory.layers import Attention, CompressedAttention, LatentAttention

CELL_PADDING = 256
KNOTS = (*(1 << exponent for exponent in range(10, 21)), 1 << 24)
"""Cells of a stream at which phases equal what is reserved: 1K to 1M, and 16M; besides, the model's longest context."""


@dataclass(frozen=True, slots=True)
class ComputeSettings:
    """What the compute buffer depends on besides the architecture and the context.

    ubatch : micro-batch, tokens.
    sequences : ``n_seq_max``.
    outputs : rows of logits reserved, at most ``ubatch`` of them count.
    kv_type : stored type of the cache, by ggml's name.
    unified : all sequences share one cache.
    swa_full : windowed layers keep the whole context.
    """

    ubatch: int = 512
    sequences: int = 1
    outputs: int = 1
    flash_attention: bool = True
    kv_type: str = "f16"
    unified: bool = False
    swa_full: bool = False

    @property
    def streams(self) -> int:
        """Separate caches."""
        return 1 if self.unified else self.sequences


@dataclass(frozen=True, slots=True)
class Phase:
    """One line: ``fixed_bytes + bytes_per_cell * n``, n = cells of one stream's context (padded tokens).

    windowed : further (bytes_per_cell, max_cells), each adding bytes_per_cell * min(n, max_cells).
    """

    name: str
    fixed_bytes: int
    bytes_per_cell: int
    windowed: tuple[tuple[int, int], ...] = ()

    def size(self, cells: int) -> int:
        """Bytes at ``cells`` cells a stream."""
        bounded = sum(slope * min(cells, limit) for slope, limit in self.windowed)
        return self.fixed_bytes + self.bytes_per_cell * cells + bounded


@dataclass(frozen=True, slots=True)
class ComputeBuffers:
    """Phases on device and host; a buffer is as large as its largest phase."""

    device: tuple[Phase, ...]
    host: tuple[Phase, ...]

    def device_bytes(self, cells: int) -> int:
        return max(phase.size(cells) for phase in self.device)

    def host_bytes(self, cells: int) -> int:
        return max(phase.size(cells) for phase in self.host)


def separate_caches(architecture: Architecture) -> bool:
    """Whether each sequence has caches of its own even where the server asks for one that all share."""
    return any(isinstance(mixer, CompressedAttention) for layer in architecture.layers for mixer in layer.mixers)


def window_limit(architecture: Architecture, settings: ComputeSettings) -> int | None:
    """Cells at most of a windowed layer's cache: the window of each sequence that shares it, and a micro-batch."""
    if settings.swa_full or "windows_ignored" in architecture.traits:
        return None
    windows = [
        mixer.window.tokens
        for layer in architecture.layers
        for mixer in layer.mixers
        if isinstance(mixer, (Attention, CompressedAttention)) and mixer.window
    ]
    if not windows:
        return None
    shared = settings.sequences if settings.unified and not separate_caches(architecture) else 1
    return -(-(max(windows) * shared + settings.ubatch) // CELL_PADDING) * CELL_PADDING


def batch_of(architecture: Architecture, settings: ComputeSettings, cells: int, window_cells: int) -> Batch:
    """The micro-batch that llama.cpp reserves for, with caches of so many cells a stream."""
    sequences = settings.sequences
    tokens = -(-min(settings.ubatch, cells * settings.streams) // sequences) * sequences
    return Batch(
        tokens=tokens,
        sequences=sequences,
        streams=sequences if separate_caches(architecture) else settings.streams,
        outputs=min(settings.outputs, tokens),
        cells=cells,
        window_cells=window_cells,
        flash_attention=settings.flash_attention,
        kv_type=settings.kv_type.lower(),
    )


def reserved(architecture: Architecture, settings: ComputeSettings, cells: int) -> tuple[int, int]:
    """Exact bytes (device, host) at ``cells`` cells a stream, every layer offloaded to one device."""
    return _reserved(architecture, _distinct(architecture, settings), cells)


@lru_cache(maxsize=16384)
def _reserved(architecture: Architecture, settings: ComputeSettings, cells: int) -> tuple[int, int]:
    limit = window_limit(architecture, settings)
    batch = batch_of(architecture, settings, cells, cells if limit is None else min(cells, limit))
    device, host = reserve_split(build(architecture, batch))
    return device.size, host.size


def reserved_on_host(architecture: Architecture, settings: ComputeSettings, cells: int) -> int:
    """Exact bytes at ``cells`` cells a stream without any device."""
    limit = window_limit(architecture, settings)
    batch = batch_of(architecture, settings, cells, cells if limit is None else min(cells, limit))
    return reserve_together(build(architecture, batch)).size


def compute_buffers(architecture: Architecture, settings: ComputeSettings) -> ComputeBuffers:
    """The compute buffers of every context, as phases."""
    return _fitted(architecture, _distinct(architecture, settings))


def _distinct(architecture: Architecture, settings: ComputeSettings) -> ComputeSettings:
    """``settings`` with one cache type for all that give the same buffers.

    Operations that only read a cache don't depend on its type, but plain attention rotates what it quantizes. Where
    the cache itself is put together anew (compressed attention, latent attention without flash attention) they do.
    """
    mixers = {type(mixer) for layer in architecture.layers for mixer in layer.mixers}
    if separate_caches(architecture) or (LatentAttention in mixers and not settings.flash_attention):
        return settings
    rotated = Attention in mixers and settings.kv_type.lower() not in FLOAT_TYPES
    return replace(settings, kv_type="q8_0" if rotated else "f16")


@lru_cache(maxsize=4096)
def _fitted(architecture: Architecture, settings: ComputeSettings) -> ComputeBuffers:
    """Phases through exact sizes.

    Many buffers are the larger of two or three lines, which are found exactly. Others, where an indexer picks
    cells or gaps between results make a buffer that isn't even monotonic, bend at the knots.
    """
    fit = _Fit(architecture, settings)
    return ComputeBuffers(_named(fit.phases(0)), _named(fit.phases(1)))


class _Fit:
    """Phases through exact sizes of one architecture and setting; part 0 is the device, 1 the host."""

    def __init__(self, architecture: Architecture, settings: ComputeSettings) -> None:
        self.architecture = architecture
        self.settings = settings
        self.limit = window_limit(architecture, settings)
        self.found: dict[tuple[int, int], tuple[Reservation, Reservation]] = {}
        # From here on the context cuts short neither the micro-batch nor a window.
        padded_batch = -(-settings.ubatch // CELL_PADDING) * CELL_PADDING
        self.low = max(KNOTS[0], padded_batch, self.limit or 0)
        longest = -(-architecture.context_max // CELL_PADDING) * CELL_PADDING
        inside = (cells for cells in (longest, self.limit or 0) if KNOTS[0] < cells < KNOTS[-1])
        self.knots = tuple(sorted({*KNOTS, *inside}))

    def phases(self, part: int) -> list[Phase]:
        """Lines if they do, a line with bends if not."""
        if not indexed(self.architecture):
            lines = self._lines(part)
            if all(self._met(lines, cells, part) for cells in self.knots):
                return lines
        return [self._bent(part)]

    def _at(self, cells: int, window: int | None = None) -> tuple[Reservation, Reservation]:
        if window is None:
            window = cells if self.limit is None else min(cells, self.limit)
        key = cells, window
        if key not in self.found:
            batch = batch_of(self.architecture, self.settings, cells, window)
            self.found[key] = reserve_split(build(self.architecture, batch))
        return self.found[key]

    def _met(self, lines: list[Phase], cells: int, part: int) -> bool:
        return max(phase.size(cells) for phase in lines) == self._at(cells)[part].size

    def _lines(self, part: int) -> list[Phase]:
        lines = [self._line(self.low, part), self._line(KNOTS[-1], part)]
        crossing = _crossing(*lines)
        if self.low < crossing < KNOTS[-1] and not self._met(lines, crossing, part):
            lines.append(self._line(crossing, part))
        return lines

    def _line(self, cells: int, part: int) -> Phase:
        """The line that the buffer follows at ``cells``, a window's share apart."""
        here = self._at(cells)[part]
        slope = _slope(here, self._at(cells + CELL_PADDING)[part])
        fixed = here.size - slope * cells
        windowed: tuple[tuple[int, int], ...] = ()
        if self.limit is not None:
            bounded = _slope(here, self._at(cells, self.limit + CELL_PADDING)[part])
            fixed -= bounded * self.limit
            windowed = ((bounded, self.limit),) if bounded else ()
        return Phase(here.stage, fixed, slope, windowed)

    def _bent(self, part: int) -> Phase:
        """One line through the exact sizes at all knots.

        Slopes are whole bytes a cell; what they leave of a stretch, less than a byte a cell, is made up at its end.
        """
        found = [self._at(cells)[part] for cells in self.knots]
        slopes: list[tuple[int, int]] = []
        for index, end in enumerate(self.knots[1:]):
            start = self.knots[index]
            slope, left = divmod(found[index + 1].size - found[index].size, end - start)
            slopes += [(slope, end - left), (slope + 1, end)] if left else [(slope, end)]
        last = slopes[-1][0]
        bends = tuple((slope - after, end) for (slope, end), (after, _) in pairwise(slopes) if slope != after)
        first = self.knots[0]
        fixed = found[0].size - last * first - sum(slope * min(first, limit) for slope, limit in bends)
        return Phase(" or ".join(dict.fromkeys(each.stage for each in found)), fixed, last, bends)


def indexed(architecture: Architecture) -> bool:
    """Whether an indexer picks what attention reads, so that sizes bend at many places."""
    return any(
        isinstance(mixer, (Attention, LatentAttention, CompressedAttention)) and mixer.indexer
        for layer in architecture.layers
        for mixer in layer.mixers
    )


def _slope(here: Reservation, further: Reservation) -> int:
    """Bytes a cell between two sizes ``CELL_PADDING`` cells apart; a shrinking buffer counts as level."""
    return max(further.size - here.size, 0) // CELL_PADDING


def _crossing(first: Phase, second: Phase) -> int:
    """Cells beyond any window at which two lines meet, rounded to whole padding; 0 where they don't."""
    slope = second.bytes_per_cell - first.bytes_per_cell
    if slope <= 0:
        return 0
    ahead = first.size(KNOTS[-1]) - second.size(KNOTS[-1])
    return (KNOTS[-1] + ahead // slope) // CELL_PADDING * CELL_PADDING


def _named(lines: list[Phase]) -> tuple[Phase, ...]:
    """Lines without duplicates, numbered where one stage has several, flattest first."""
    unique = sorted(set(lines), key=lambda phase: (phase.bytes_per_cell, phase.fixed_bytes))
    counts: dict[str, int] = {}
    named = []
    for phase in unique:
        counts[phase.name] = counts.get(phase.name, 0) + 1
        name = phase.name if counts[phase.name] == 1 else f"{phase.name} ({counts[phase.name]})"
        named.append(Phase(name, phase.fixed_bytes, phase.bytes_per_cell, phase.windowed))
    return tuple(named)
