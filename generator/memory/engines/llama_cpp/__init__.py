"""llama.cpp with every layer offloaded to one device, as ``llama-server -c CONTEXT`` allocates."""

from __future__ import annotations

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.caches import CELL_PADDING, cache_terms
from generator.memory.engines.llama_cpp.weights import weights
from generator.memory.profile import Component, EngineMemory, MemoryProfile, Place, Term
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
        profile=MemoryProfile(terms, CELL_PADDING),
        weights_bytes=held.loaded_bytes,
        weights_file_bytes=held.file_bytes,
        pytorch=False,
    )
