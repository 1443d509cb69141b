"""llama.cpp with every layer offloaded to one device, as ``llama-server -c CONTEXT`` allocates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.caches import CELL_PADDING, cache_format, cache_terms
from generator.memory.engines.llama_cpp.compute import ComputeSettings, Phase, compute_buffers, reserved
from generator.memory.engines.llama_cpp.compute.wiring import wiring_of
from generator.memory.engines.llama_cpp.weights import weights
from generator.memory.profile import Component, EngineMemory, Place, Term
from generator.memory.settings import RunSettings

LOGIT_ITEMSIZE = 4
"""Logits are F32."""


def memory(architecture: Architecture, quant: str, settings: RunSettings) -> EngineMemory:
    """What llama.cpp takes with the GGUF mix ``quant``.

    Raises
    ------
    UnsupportedError : llama.cpp has no form of the architecture or refuses the settings.
    MemoryModelError : mix or cache type unknown.
    """
    held = weights(architecture, quant, settings.mtp_in_file, settings.imatrix)
    wiring_of(architecture)  # what isn't known is refused now, not when the buffer is asked for
    terms = (
        *held.terms,
        *cache_terms(architecture, settings),
        Term(
            Component.OUTPUT,
            "logits handed to the sampler",
            fixed_bytes=settings.sequences * architecture.vocab_size * LOGIT_ITEMSIZE,
            place=Place.HOST,
        ),
    )
    return EngineMemory(
        held=terms,
        compute=partial(compute_terms, architecture, settings),
        weights_bytes=held.loaded_bytes,
        weights_file_bytes=held.file_bytes,
        pytorch=False,
        blocks=held.blocks,
        experts=held.experts,
        context_step=CELL_PADDING,
        compute_at=partial(reserved, architecture, compute_settings(settings)),
    )


@lru_cache(maxsize=256)
def compute_settings(settings: RunSettings) -> ComputeSettings:
    """What the compute buffer depends on."""
    return ComputeSettings(
        ubatch=settings.ubatch,
        sequences=settings.sequences,
        outputs=settings.outputs,
        flash_attention=settings.flash_attention,
        kv_type=cache_format(settings).name,
        unified=settings.streams < settings.sequences,
        swa_full=settings.swa_full,
    )


def compute_terms(architecture: Architecture, settings: RunSettings) -> tuple[Term, ...]:
    """The compute buffers of device and host, a term or more for each phase."""
    return _compute_terms(architecture, compute_settings(settings))


@lru_cache(maxsize=1024)
def _compute_terms(architecture: Architecture, settings: ComputeSettings) -> tuple[Term, ...]:
    buffers = compute_buffers(architecture, settings)
    device = (term for phase in buffers.device for term in _phase_terms(phase, Place.DEVICE))
    host = (term for phase in buffers.host for term in _phase_terms(phase, Place.HOST))
    return (*device, *host)


def _phase_terms(phase: Phase, place: Place) -> Iterator[Term]:
    """One phase: a line over the context, and what windowed caches add up to their limit."""
    lines = ((phase.bytes_per_cell, None), *phase.windowed)
    for index, (bytes_per_cell, max_cells) in enumerate(lines):
        yield Term(
            Component.COMPUTE,
            phase.name,
            fixed_bytes=0 if index else phase.fixed_bytes,
            bytes_per_cell=bytes_per_cell,
            cell_padding=CELL_PADDING,
            max_cells=max_cells,
            place=place,
            phase=phase.name,
        )
