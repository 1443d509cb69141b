"""vLLM's cache of one request of the full context, times the requests: pages of blocks from one pool.

Layers of one kind are cut into groups of equal size, and a block of the pool holds one page of each
layer of any one group, so short groups are padded. Read in vLLM 0.33.0 (v1/kv_cache_interface.py,
v1/core/kv_cache_planning.py, config/vllm.py): defaults of the API server on one GPU of the Hopper or Ada
kind, prefix caching on. Multi-GPU sharding is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.memory.architecture import Architecture
from generator.memory.engines.common import cache_label, token_elements, window_of
from generator.memory.errors import UnsupportedError, unknown
from generator.memory.kv_cache import Cache, IndexerCache, LatentCache, RecurrentState, caches
from generator.memory.layers import GatedDeltaNet, KimiDeltaAttention, Mixer, Window
from generator.memory.profile import Component, Term
from generator.memory.settings import RunSettings

ENGINE = "vLLM"
CACHE_ITEMSIZES = {"bf16": 2, "f16": 2, "fp8": 1}
PLAIN_ITEMSIZE, FLOAT32_ITEMSIZE = 2, 4
BLOCK_TOKENS = 16
LATENT_FP8_BLOCK_TOKENS = 64
"""The only block size of the kernel for latent attention with an FP8 cache, and for sparse attention."""

DELTA_ALIGNMENT = 64
"""What the block of a model with delta-rule layers is a multiple of; with other state layers 16."""

STEPS_AHEAD = 2
"""Steps whose tokens are in flight at once, as scheduling runs ahead; windows hold them besides."""

FLOAT32_STATES = ("nemotron_h", "kimi_linear")
"""Model types whose state is F32 whether or not the config asks for it, otherwise it is in 16 bits."""

STATE_PAGES = 3
"""Pages that a request holds of each state layer with prefix caching: two kept, one running."""

INDEXER_SCALE_ELEMENTS = 128
INDEXER_SCALE_BYTES = 4
"""Indexer keys are FP8 whatever the cache type, each run of 128 with an F32 scale."""

MOST_UNEVEN = 3, 2
"""Layer counts of two kinds that differ by less than this ratio make groups of the larger count."""


@dataclass(frozen=True, slots=True)
class LayerKind:
    """Layers with the same cache.

    token_bytes : bytes a token and layer, 0 for state layers.
    state_bytes : bytes of the state of one layer and sequence, 0 for attention layers.
    """

    cache: Cache
    layers: int
    token_bytes: int
    state_bytes: int
    window: Window | None


def cache_terms(architecture: Architecture, settings: RunSettings) -> tuple[Term, ...]:
    """K, V and state that the requests may take together, in whole blocks; the pool's empty block.

    Raises
    ------
    MemoryModelError : cache type or kind of cache unknown.
    """
    name = (settings.kv_type or "bf16").lower()
    if name not in CACHE_ITEMSIZES:
        raise unknown("kv_type", name, CACHE_ITEMSIZES)
    kinds = tuple(_kinds(architecture, CACHE_ITEMSIZES[name]))
    in_flight = STEPS_AHEAD * settings.max_num_batched_tokens
    block = _block_tokens(architecture, name)
    uniform = not any(kind.state_bytes for kind in kinds) and len({kind.window for kind in kinds}) <= 1
    if uniform:
        return tuple(_uniform_terms(kinds, block, settings.sequences, in_flight))
    return tuple(_grouped_terms(kinds, _alignment(architecture), block, settings.sequences, in_flight))


def _kinds(architecture: Architecture, itemsize: int) -> Iterator[LayerKind]:
    for cache in caches(architecture):
        if isinstance(cache, RecurrentState):
            exact = "float32_state" in architecture.traits or architecture.model_type in FLOAT32_STATES
            state = cache.sequence_bytes(PLAIN_ITEMSIZE, FLOAT32_ITEMSIZE if exact else PLAIN_ITEMSIZE) // cache.layers
            yield LayerKind(cache, cache.layers, 0, state, None)
            continue
        elements = token_elements(cache, ENGINE)
        if isinstance(cache, IndexerCache):
            token = elements + -(-elements // INDEXER_SCALE_ELEMENTS) * INDEXER_SCALE_BYTES
        else:
            token = elements * itemsize
        yield LayerKind(cache, cache.layers, token, 0, window_of(cache))


def _has(architecture: Architecture, kind: type[Mixer]) -> bool:
    return any(isinstance(mixer, kind) for layer in architecture.layers for mixer in layer.mixers)


def _block_tokens(architecture: Architecture, kv_type: str) -> int:
    found = caches(architecture)
    sparse = any(isinstance(cache, IndexerCache) for cache in found)
    latent = any(isinstance(cache, LatentCache) for cache in found)
    return LATENT_FP8_BLOCK_TOKENS if sparse or (latent and kv_type == "fp8") else BLOCK_TOKENS


def _alignment(architecture: Architecture) -> int:
    deltas = _has(architecture, GatedDeltaNet) or _has(architecture, KimiDeltaAttention)
    return DELTA_ALIGNMENT if deltas else BLOCK_TOKENS


def _uniform_terms(kinds: tuple[LayerKind, ...], block: int, requests: int, in_flight: int) -> Iterator[Term]:
    """All layers see the same span: one group, each layer with pages of its own size, nothing padded."""
    for kind in kinds:
        yield _span_term(kind, kind.layers, kind.layers * kind.token_bytes * block, block, requests, in_flight)
    yield _empty_block(sum(kind.layers * kind.token_bytes for kind in kinds) * block)


def _grouped_terms(
    kinds: tuple[LayerKind, ...], alignment: int, block: int, requests: int, in_flight: int
) -> Iterator[Term]:
    """Groups of equally many layers, all pages as large as the largest."""
    if any(isinstance(kind.cache, IndexerCache) for kind in kinds):
        raise UnsupportedError("engine", ENGINE, "how it groups indexer keys beside windows or state isn't known")
    widest = max(kind.token_bytes for kind in kinds)
    state = max(kind.state_bytes for kind in kinds)
    if state and widest:
        block = max(-(-state // (widest * alignment)) * alignment, block)
    page = widest * block or state
    size = _group_size([kind.layers for kind in kinds])
    for kind in kinds:
        groups = -(-kind.layers // size)
        if kind.state_bytes:
            label = cache_label(kind.cache, kind.layers, None)
            pages = groups * size * page * STATE_PAGES * requests
            yield Term(Component.RECURRENT_STATE, label, fixed_bytes=pages)
            continue
        own_page = kind.token_bytes * block
        tokens = block if page % own_page else page // kind.token_bytes
        yield _span_term(kind, kind.layers, groups * size * page, tokens, requests, in_flight)
    yield _empty_block(size * page)


def _span_term(kind: LayerKind, layers: int, block_bytes: int, block: int, requests: int, in_flight: int) -> Term:
    """Blocks of ``block`` tokens: a window takes what is in flight beside it, and one block more when it slides."""
    label, most, more = cache_label(kind.cache, layers, kind.window), None, 0
    if kind.window:
        sliding = kind.window.kind == "sliding"
        most = -(-(kind.window.tokens - sliding + in_flight) // block)
        more = block_bytes * sliding
    return Term(Component.KV_CACHE, label, more * requests, block_bytes * requests, block, max_cells=most)


def _empty_block(block_bytes: int) -> Term:
    return Term(Component.COMPUTE, "the cache's empty block", fixed_bytes=block_bytes)


def _group_size(layers: list[int]) -> int:
    """Layers of a group: as many as the rarest kind has, or the commonest where that is hardly more."""
    fewest, most = min(layers), max(layers)
    return most if most * MOST_UNEVEN[1] < fewest * MOST_UNEVEN[0] else fewest
