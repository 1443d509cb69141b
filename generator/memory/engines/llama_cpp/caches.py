"""llama.cpp's caches: cells padded to 256, windows with room for one micro-batch, state in F32.

Read in llama-context.cpp, llama-kv-cache.cpp, llama-kv-cache-iswa.cpp and
llama-memory-recurrent.cpp of ggml-org/llama.cpp 0c1e57098.
"""

from __future__ import annotations

from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.engines.common import cache_label, window_of
from generator.memory.errors import UnsupportedError, unknown
from generator.memory.kv_cache import (
    Cache,
    CompressedCache,
    RecurrentState,
    TokenCache,
    caches,
)
from generator.memory.layers import Window
from generator.memory.profile import Component, Term
from generator.memory.quantization import BLOCK_FORMATS, BlockFormat
from generator.memory.settings import RunSettings

CELL_PADDING = 256
"""n_ctx and every cache are rounded up to this many cells."""

STATE_ITEMSIZE = 4
"""Recurrent state is F32 whatever the cache type."""

CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")


def cache_format(settings: RunSettings) -> BlockFormat:
    """The cache's stored type; a quantized V needs flash attention."""
    name = (settings.kv_type or "f16").lower()
    if name not in CACHE_TYPES:
        raise unknown("kv_type", name, CACHE_TYPES)
    found = BLOCK_FORMATS[name]
    if found.quantized and not settings.flash_attention:
        raise UnsupportedError("kv_type", name, "a quantized V cache needs flash attention on")
    return found


def window_cells(window: Window, settings: RunSettings, streams: int) -> int:
    """Cells of a windowed layer: the window of every slot that shares the cache, and a micro-batch."""
    slots = settings.sequences if streams == 1 else 1
    cells = window.tokens * slots + settings.ubatch
    return -(-cells // CELL_PADDING) * CELL_PADDING


@lru_cache(maxsize=1024)
def cache_terms(architecture: Architecture, settings: RunSettings) -> tuple[Term, ...]:
    """KV cache and recurrent state as terms over the context of one stream.

    Compressed caches can't be shared: every slot gets its own, of the whole context even where
    the slots are unified.
    """
    stored = cache_format(settings)
    found = caches(architecture)
    if not settings.flash_attention:
        found = tuple(_padded_values(cache, found) for cache in found)
    shared = not any(isinstance(cache, CompressedCache) for cache in found)
    streams = settings.streams if shared else settings.sequences
    whole_context = settings.swa_full or "windows_ignored" in architecture.traits
    terms = []
    for cache in found:
        if isinstance(cache, RecurrentState):
            size = cache.sequence_bytes(STATE_ITEMSIZE, STATE_ITEMSIZE) * settings.sequences
            terms.append(Term(Component.RECURRENT_STATE, cache_label(cache, cache.layers, None), fixed_bytes=size))
            continue
        window = None if whole_context else window_of(cache)
        terms.append(
            Term(
                Component.KV_CACHE,
                cache_label(cache, cache.layers, window),
                bytes_per_cell=cache.cell_bytes(stored, stored) * streams,
                tokens_per_cell=cache.tokens_per_cell if isinstance(cache, CompressedCache) else 1,
                cell_padding=CELL_PADDING,
                max_cells=window_cells(window, settings, streams) if window else None,
            )
        )
    return tuple(terms)


def _padded_values(cache: Cache, found: tuple[Cache, ...]) -> Cache:
    """Without flash attention V is stored transposed and every layer gets the widest layer's V."""
    if not isinstance(cache, TokenCache):
        return cache
    widest = max(other.value_width for other in found if isinstance(other, TokenCache))
    return TokenCache(cache.layers, cache.key_width, widest, cache.key_head_dim, cache.value_head_dim, cache.window)
