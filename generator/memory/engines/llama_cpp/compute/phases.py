"""The compute buffer as a few straight lines over the context, the largest of which counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.compute.allocator import Reservation, reserve_split, reserve_together
from generator.memory.engines.llama_cpp.compute.batch import Batch
from generator.memory.engines.llama_cpp.compute.model import build
from generator.memory.layers import Attention, CompressedAttention

CELL_PADDING = 256
SMALLEST_CONTEXT = 1024
LARGEST_CONTEXT = 1 << 24
TOLERANCE = 200
"""One part in so many by which the buffer may exceed the lines found so far before another is added."""

LEVEL_TOLERANCE = 50
"""One part in so many by which a line may exceed the buffer further on before it is taken for level."""

CHECKPOINTS = tuple(1 << exponent for exponent in (12, 15, 17, 20))
SMALL_CHECKPOINTS = (SMALLEST_CONTEXT, 2048, 4096, 8192)


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
    limit = window_limit(architecture, settings)
    batch = batch_of(architecture, settings, cells, cells if limit is None else min(cells, limit))
    device, host = reserve_split(build(architecture, batch))
    return device.size, host.size


def reserved_on_host(architecture: Architecture, settings: ComputeSettings, cells: int) -> int:
    """Exact bytes at ``cells`` cells a stream without any device."""
    limit = window_limit(architecture, settings)
    batch = batch_of(architecture, settings, cells, cells if limit is None else min(cells, limit))
    return reserve_together(build(architecture, batch)).size


@lru_cache(maxsize=4096)
def compute_buffers(architecture: Architecture, settings: ComputeSettings) -> ComputeBuffers:
    """The compute buffers of every context, as phases.

    Lines are laid through exact sizes where the buffer's slope changes. Between them a buffer that
    isn't monotonic (gaps between results) may lie below the lines.
    """
    return _Fit(architecture, settings).buffers()


class _Fit:
    """Lines through exact sizes of one architecture and setting."""

    def __init__(self, architecture: Architecture, settings: ComputeSettings) -> None:
        self.architecture = architecture
        self.settings = settings
        self.limit = window_limit(architecture, settings)
        self.found: dict[tuple[int, int], tuple[Reservation, Reservation]] = {}
        # From here on neither the micro-batch nor a window is cut short by the context.
        self.low = max(SMALLEST_CONTEXT, -(-settings.ubatch // CELL_PADDING) * CELL_PADDING, self.limit or 0)

    def buffers(self) -> ComputeBuffers:
        host = self._line(self.low, 1)
        return ComputeBuffers(_named(self._device_lines()), _named([host]))

    def _at(self, cells: int, window: int | None = None) -> tuple[Reservation, Reservation]:
        if window is None:
            window = cells if self.limit is None else min(cells, self.limit)
        key = cells, window
        if key not in self.found:
            batch = batch_of(self.architecture, self.settings, cells, window)
            self.found[key] = reserve_split(build(self.architecture, batch))
        return self.found[key]

    def _line(self, cells: int, part: int = 0) -> Phase:
        """The line that the buffer follows at ``cells``, a window's share apart; level where it leaves it later."""
        here = self._at(cells)[part]
        slope = _slope(here, self._at(cells + CELL_PADDING)[part])
        fixed = here.size - slope * cells
        windowed: tuple[tuple[int, int], ...] = ()
        if self.limit is not None:
            bounded = _slope(here, self._at(cells, self.limit + CELL_PADDING)[part])
            fixed -= bounded * self.limit
            windowed = ((bounded, self.limit),) if bounded else ()
        phase = Phase(here.stage, fixed, slope, windowed)
        if part == 0 and any(self._overshoots(phase, point) for point in self._checkpoints() if point > cells):
            return Phase(here.stage, here.size, 0)
        return phase

    def _checkpoints(self) -> tuple[int, ...]:
        return tuple(point for point in CHECKPOINTS if point > self.low)

    def _overshoots(self, phase: Phase, cells: int) -> bool:
        size = self._at(cells)[0].size
        return phase.size(cells) > size + size // LEVEL_TOLERANCE

    def _device_lines(self) -> list[Phase]:
        """Lines whose maximum reaches the buffer's size at both ends, at their crossing and at checkpoints."""
        lines = [self._line(self.low), self._line(LARGEST_CONTEXT)]
        for cells in sorted({_crossing(*lines), *CHECKPOINTS}):
            if self.low < cells < LARGEST_CONTEXT and self._exceeds(lines, cells):
                lines.append(self._line(cells))
        lines = self._settled(lines)
        if self.limit is not None:
            for cells in (point for point in SMALL_CHECKPOINTS if point + CELL_PADDING <= self.limit):
                if self._exceeds(lines, cells):
                    lines.append(self._line_within_window(cells))
        return lines

    def _settled(self, lines: list[Phase]) -> list[Phase]:
        """Several levels are one whose height depends on where gaps happen to be: the middle one stands for all."""
        sloped = [phase for phase in lines if phase.bytes_per_cell or phase.windowed]
        levels = [phase for phase in lines if phase not in sloped]
        if len(levels) < 2 or not sloped:
            return lines
        heights = sorted(
            self._at(cells)[0].size
            for cells in (self.low, *self._checkpoints())
            if self._exceeds(sloped, cells)
        )
        middle = heights[len(heights) // 2] if heights else levels[0].fixed_bytes
        return [*sloped, Phase(levels[0].name, middle, 0)]

    def _exceeds(self, lines: list[Phase], cells: int) -> bool:
        reached = max(phase.size(cells) for phase in lines)
        return self._at(cells)[0].size > reached + reached // TOLERANCE

    def _line_within_window(self, cells: int) -> Phase:
        """The line at a context that no window cuts yet; level from the window's end on."""
        here = self._at(cells)[0]
        slope = _slope(here, self._at(cells + CELL_PADDING)[0])
        phase = Phase(here.stage, here.size - slope * cells, 0, ((slope, self.limit or 0),))
        return Phase(here.stage, here.size, 0) if self._overshoots(phase, self.low) else phase


def _slope(here: Reservation, further: Reservation) -> int:
    """Bytes a cell between two sizes ``CELL_PADDING`` cells apart; a shrinking buffer counts as level."""
    return max(further.size - here.size, 0) // CELL_PADDING


def _crossing(first: Phase, second: Phase) -> int:
    """Cells beyond any window at which two lines meet, rounded to whole padding; 0 where they don't."""
    slope = second.bytes_per_cell - first.bytes_per_cell
    if slope <= 0:
        return 0
    ahead = first.size(LARGEST_CONTEXT) - second.size(LARGEST_CONTEXT)
    return (LARGEST_CONTEXT + ahead // slope) // CELL_PADDING * CELL_PADDING


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
