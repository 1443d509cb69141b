"""The one entry to the core: a request in, all figures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from generator.memory.architecture import Architecture
from generator.memory.engines import ENGINES
from generator.memory.errors import unknown
from generator.memory.profile import Component, EngineMemory, Place
from generator.memory.runtime import overhead
from generator.memory.search import largest_fitting
from generator.memory.settings import RunSettings


class ErrorBand(NamedTuple):
    """How far true compute buffers lie from ours: true / estimated, at the low and at the high end."""

    low: float = 1.0
    high: float = 1.0


EXACT = ErrorBand()

KEPT = 2048
"""Estimates that are kept: more than one model's pages at all quantizations and contexts ask for."""

_WEIGHTS, _WEIGHTS_HOST = (Component.WEIGHTS, Place.DEVICE), (Component.WEIGHTS, Place.HOST)
_COMPUTE, _COMPUTE_HOST = (Component.COMPUTE, Place.DEVICE), (Component.COMPUTE, Place.HOST)
_KV_CACHE, _STATE = (Component.KV_CACHE, Place.DEVICE), (Component.RECURRENT_STATE, Place.DEVICE)
_OUTPUT = (Component.OUTPUT, Place.HOST)


class Estimate(NamedTuple):
    """All figures of one request, bytes.

    total_bytes : what the device must hold; low and high carry the error band of the compute
        buffer and the range of the runtime, everything else being exact.
    """

    weights_bytes: int
    weights_device_bytes: int
    weights_host_bytes: int
    weights_file_bytes: int
    kv_cache_bytes: int
    recurrent_state_bytes: int
    compute_bytes: int
    compute_host_bytes: int
    output_bytes: int
    runtime_bytes: int
    runtime_low_bytes: int
    runtime_high_bytes: int
    total_bytes: int
    total_low_bytes: int
    total_high_bytes: int
    host_bytes: int
    parameters: int
    parameters_active: int


@dataclass(frozen=True, slots=True, eq=False)
class Estimator:
    """One architecture, quantization, engine and settings, ready to be asked for any context.

    ``memory`` leaves driver and libraries out; ``at`` adds them, once for each question.
    """

    architecture: Architecture
    quant: str
    engine: str
    settings: RunSettings
    memory: EngineMemory

    @lru_cache(maxsize=KEPT)
    def at(self, context: int, vendor: str = "nvidia", band: ErrorBand = EXACT) -> Estimate:
        """The figures at ``context`` tokens (a sequence's, or the server's where n_seq_max is given).

        They are the profile's, which equal the engine's at every context of the ladder.
        """
        return self._estimate(self.memory.profile.sizes(self._tokens(context)), vendor, band)

    def exactly(self, context: int, vendor: str = "nvidia", band: ErrorBand = EXACT) -> Estimate:
        """The same with the compute buffer worked out for this very context, whether or not the ladder has it."""
        if self.memory.compute_at is None:
            return self.at(context, vendor, band)
        tokens, step = self._tokens(context), self.memory.context_step
        sizes = self.memory.held_profile.sizes(tokens)
        padded, exact = -(-tokens // step) * step, self.memory.exact
        if padded not in exact:
            exact[padded] = self.memory.compute_at(padded)
        sizes[_COMPUTE], sizes[_COMPUTE_HOST] = exact[padded]
        return self._estimate(sizes, vendor, band)

    def _tokens(self, context: int) -> int:
        """Tokens of one stream."""
        step = self.memory.context_step
        return self.settings.context_per_stream(-(-context // step) * step)

    def _estimate(self, found: Mapping[tuple[Component, Place], int], vendor: str, band: ErrorBand) -> Estimate:
        sizes = found.get
        weights, kv_cache = sizes(_WEIGHTS, 0), sizes(_KV_CACHE, 0)
        state, compute = sizes(_STATE, 0), sizes(_COMPUTE, 0)
        weights_host, compute_host, output = sizes(_WEIGHTS_HOST, 0), sizes(_COMPUTE_HOST, 0), sizes(_OUTPUT, 0)
        runtime = overhead(vendor, self.memory.pytorch)
        exact = weights + kv_cache + state
        return Estimate(
            weights_bytes=self.memory.weights_bytes,
            weights_device_bytes=weights,
            weights_host_bytes=weights_host,
            weights_file_bytes=self.memory.weights_file_bytes,
            kv_cache_bytes=kv_cache,
            recurrent_state_bytes=state,
            compute_bytes=compute,
            compute_host_bytes=compute_host,
            output_bytes=output,
            runtime_bytes=runtime.typical_bytes,
            runtime_low_bytes=runtime.low_bytes,
            runtime_high_bytes=runtime.high_bytes,
            total_bytes=exact + compute + runtime.typical_bytes,
            total_low_bytes=exact + int(compute * min(band.low, 1.0)) + runtime.low_bytes,
            total_high_bytes=exact + int(compute * max(band.high, 1.0)) + runtime.high_bytes,
            host_bytes=weights_host + compute_host + output,
            parameters=self.architecture.parameters(),
            parameters_active=self.architecture.parameters_active(),
        )

    def largest_context(self, budget_bytes: int, limit: int, vendor: str = "nvidia", band: ErrorBand = EXACT) -> int:
        """The largest context of a sequence, up to ``limit``, whose high total fits; 0 if none does.

        Weights and caches never shrink with the context; where a compute buffer does, it is a context that fits whose
        next step doesn't.
        """
        step = self.memory.profile.context_step
        most = max(limit // step, 1)
        least_bytes, most_bytes = (self.high_bytes(steps * step, vendor, band) for steps in (1, most))
        if most_bytes <= budget_bytes:
            return min(most * step, limit)
        if least_bytes > budget_bytes:
            return 0

        def size_at(steps: int) -> int:
            return self.high_bytes(steps * step, vendor, band)

        return step * largest_fitting(size_at, budget_bytes, (1, least_bytes), (most, most_bytes))

    @lru_cache(maxsize=KEPT)
    def high_bytes(self, context: int, vendor: str = "nvidia", band: ErrorBand = EXACT) -> int:
        """The high total alone, as ``at`` gives it."""
        compute, exact = self.memory.profile.on_device(self._tokens(context))
        return exact + int(compute * max(band.high, 1.0)) + overhead(vendor, self.memory.pytorch).high_bytes


DEFAULT_SETTINGS = RunSettings()


@lru_cache(maxsize=2048)
def estimator(
    architecture: Architecture, quant: str, engine: str = "llama.cpp", settings: RunSettings = DEFAULT_SETTINGS
) -> Estimator:
    """An Estimator for one combination.

    Raises
    ------
    MemoryModelError : engine or quantization unknown, or a setting out of range.
    UnsupportedError : the engine refuses the combination.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    return Estimator(architecture, quant, engine, settings, ENGINES[engine](architecture, quant, settings))
