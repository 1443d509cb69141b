"""What vLLM, Transformers and MLX have in common: caches counted in elements, and their labels."""

from __future__ import annotations

from generator.memory.errors import UnsupportedError
from generator.memory.kv_cache import Cache, CompressedCache, IndexerCache, LatentCache, RecurrentState, TokenCache
from generator.memory.layers import Window


def token_elements(cache: Cache, engine: str) -> int:
    """Elements that one token takes in one layer of ``cache``.

    Raises
    ------
    UnsupportedError : the kind isn't known of the engine.
    """
    if isinstance(cache, LatentCache):
        return cache.width
    if isinstance(cache, TokenCache | IndexerCache):
        return cache.key_width + cache.value_width
    kind = "a cache of compressed tokens" if isinstance(cache, CompressedCache) else type(cache).__name__
    raise UnsupportedError("engine", engine, f"how it stores {kind} isn't known; llama.cpp's way is")


def window_of(cache: Cache) -> Window | None:
    """The window of a cache, None where it spans the whole context."""
    return cache.window if isinstance(cache, TokenCache) else None


def cache_label(cache: Cache, layers: int, window: Window | None) -> str:
    """What the layers of ``cache`` keep, in words.

    window : the window that the engine keeps to, None where it caches the whole context.
    """
    counted = "1 layer" if layers == 1 else f"{layers} layers"
    if isinstance(cache, RecurrentState):
        return f"state of {counted}"
    if isinstance(cache, LatentCache):
        return f"latent K of {counted}"
    if isinstance(cache, IndexerCache):
        return f"indexer keys of {counted}"
    if isinstance(cache, CompressedCache):
        return f"compressed K of {counted}, {cache.tokens_per_cell} tokens a cell"
    if window:
        return f"K and V of {counted}, {window.kind} window of {window.tokens} tokens"
    return f"K and V of {counted}, whole context"
