"""Cache kinds: what a model keeps for past tokens, engine by engine unpadded.

A kind says which layers share it and how many values they keep; an engine decides cells, padding
and stored type. The kinds are frozen siblings in a closed union.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.errors import ConfigError
from generator.memory.layers import RECURRENT, Attention, CompressedAttention, LatentAttention, Mixer, Window
from generator.memory.quantization import BlockFormat


@dataclass(frozen=True, slots=True)
class TokenCache:
    """K and V of softmax attention, one cell a token, over the whole context or a window.

    layers : layers that keep one each.
    key_width, value_width : values a token and layer, all KV heads together.
    key_head_dim, value_head_dim : width of one head, which a quantized block must divide.
    window : None where the cache spans the whole context.
    """

    layers: int
    key_width: int
    value_width: int
    key_head_dim: int
    value_head_dim: int
    window: Window | None = None

    def cell_bytes(self, keys: BlockFormat, values: BlockFormat) -> int:
        """Bytes of one token in all ``layers``."""
        _check_heads(keys, self.key_head_dim)
        _check_heads(values, self.value_head_dim)
        return self.layers * (keys.size(self.key_width) + values.size(self.value_width))


@dataclass(frozen=True, slots=True)
class LatentCache:
    """The compressed K of multi-head latent attention: ``width`` values a token and layer, no V."""

    layers: int
    width: int

    def cell_bytes(self, keys: BlockFormat, values: BlockFormat) -> int:
        """Bytes of one token in all ``layers``; ``values`` plays no part."""
        _check_heads(keys, self.width)
        return self.layers * keys.size(self.width)


@dataclass(frozen=True, slots=True)
class CompressedCache:
    """Keys that stand for several tokens each (DeepSeek-V4), K and V at once or an indexer's.

    width : values a cell and layer.
    tokens_per_cell : tokens that one cell stands for.
    """

    layers: int
    width: int
    tokens_per_cell: int

    def cell_bytes(self, keys: BlockFormat, values: BlockFormat) -> int:
        """Bytes of one cell in all ``layers``; ``values`` plays no part."""
        _check_heads(keys, self.width)
        return self.layers * keys.size(self.width)


@dataclass(frozen=True, slots=True)
class IndexerCache:
    """Keys (and values, if any) of the indexer that a sparse attention picks its tokens with."""

    layers: int
    key_width: int
    value_width: int

    def cell_bytes(self, keys: BlockFormat, values: BlockFormat) -> int:
        """Bytes of one token in all ``layers``."""
        _check_heads(keys, self.key_width)
        return self.layers * (keys.size(self.key_width) + values.size(self.value_width))


@dataclass(frozen=True, slots=True)
class RecurrentState:
    """State of linear attention, SSM or convolution layers: a fixed size a sequence.

    conv_elements, state_elements : values of one layer and one sequence.
    """

    layers: int
    conv_elements: int
    state_elements: int

    def sequence_bytes(self, conv_itemsize: int, state_itemsize: int) -> int:
        """Bytes of one sequence in all ``layers``."""
        return self.layers * (self.conv_elements * conv_itemsize + self.state_elements * state_itemsize)


Cache = TokenCache | LatentCache | CompressedCache | IndexerCache | RecurrentState


@lru_cache(maxsize=1024)
def caches(architecture: Architecture) -> tuple[Cache, ...]:
    """The caches of a model, alike layers together, in order of first appearance."""
    counted: Counter[Cache] = Counter()
    for layer, count in architecture.distinct_layers():
        for mixer in layer.mixers:
            for cache in _of(mixer):
                counted[cache] += count
    return tuple(_spread(cache, layers) for cache, layers in counted.items())


@lru_cache(maxsize=1024)
def cache_layers(architecture: Architecture) -> tuple[tuple[int, ...], ...]:
    """For each of ``caches(architecture)`` the layers that keep one, by number."""
    found: dict[Cache, list[int]] = {}
    for number, layer in enumerate(architecture.layers):
        for mixer in layer.mixers:
            for cache in _of(mixer):
                found.setdefault(cache, []).append(number)
    return tuple(tuple(layers) for layers in found.values())


def layers_sharing(architecture: Architecture) -> int:
    """Layers that keep nothing of their own and read the cache of an earlier one."""
    return sum(
        count
        for layer, count in architecture.distinct_layers()
        for mixer in layer.mixers
        if isinstance(mixer, Attention) and not mixer.own_cache
    )


def _of(mixer: Mixer) -> tuple[Cache, ...]:
    """The caches of one layer's mixer."""
    if isinstance(mixer, RECURRENT):
        return (RecurrentState(1, *mixer.state_elements),)
    if isinstance(mixer, CompressedAttention):
        return _compressed(mixer)
    found: list[Cache] = []
    if isinstance(mixer, LatentAttention):
        found.append(LatentCache(1, mixer.cache_width))
    elif isinstance(mixer, Attention):
        if mixer.own_cache:
            widths = (mixer.key_width, mixer.value_width, mixer.head_dim, mixer.v_head_dim)
            found.append(TokenCache(1, *widths, mixer.window))
    else:
        raise ConfigError("mixer", type(mixer).__name__, "has no cache kind")
    if mixer.indexer:
        found.append(IndexerCache(1, mixer.indexer.key_dim, mixer.indexer.value_dim))
    return tuple(found)


def _compressed(mixer: CompressedAttention) -> tuple[Cache, ...]:
    """A window of tokens, and beyond it the compressed ones with the state of the open groups."""
    found: list[Cache] = [TokenCache(1, mixer.head_dim, 0, mixer.head_dim, 0, mixer.window)]
    if mixer.ratio:
        found.append(CompressedCache(1, mixer.head_dim, mixer.ratio))
        found.append(RecurrentState(1, 0, mixer.state_elements))
    if mixer.indexer:
        found.append(CompressedCache(1, mixer.indexer.key_dim, mixer.ratio))
    return tuple(found)


def _spread(cache: Cache, layers: int) -> Cache:
    values = {name: getattr(cache, name) for name in cache.__slots__}
    return type(cache)(**(values | {"layers": layers}))


def _check_heads(stored: BlockFormat, head_dim: int) -> None:
    if not stored.divides(head_dim):
        allowed = (
            f"{stored.name} keeps {stored.block_elements} values a block, which don't divide the head size {head_dim}"
        )
        raise ConfigError("kv_type", stored.name, allowed)
