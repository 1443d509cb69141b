"""llama.cpp with whole layers on each of several devices (``--split-mode layer``, its default).

Modelled: which layers go where, each device's own weights and cache, its own compute buffer, and the copies
of the graph's inputs that pipeline parallelism keeps. Assumed: devices with the same free memory; each
device's compute buffer as large as a single device's (logs of eight to sixteen alike devices show equal
sizes on all of them); inputs copied as a whole, which is a little more than was measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import mul

from msgspec import Struct

from generator.memory.architecture import Architecture
from generator.memory.estimate import ErrorBand, Estimate, Estimator
from generator.memory.kv_cache import cache_layers
from generator.memory.profile import Component

ENGINE = "llama.cpp"

PIPELINE_COPIES = 4
"""GGML_SCHED_MAX_COPIES (ggml/CMakeLists.txt): copies of every input on every device with pipeline parallelism."""

Layers = tuple[int, tuple[int, ...]]
"""Weights of one device's layers, bytes, and how many of them keep each cache."""

_KEPT = (Component.KV_CACHE, Component.RECURRENT_STATE)


class Share(Struct, frozen=True):
    """What one device of a group holds.

    layers : blocks, by number. used_bytes, high_bytes : middle and high total.
    """

    layers: range
    used_bytes: int
    high_bytes: int


@lru_cache(maxsize=4096)
def layers_by_device(num_layers: int, count: int) -> tuple[range, ...]:
    """The blocks of each of ``count`` devices with equally much free memory.

    The output head counts as one layer more, after the last, so block i goes to device
    i * count // (num_layers + 1) (llama-model.cpp, get_layer_buft_list).
    """
    starts = [-(-device * (num_layers + 1) // count) for device in range(count)]
    ends = [*starts[1:], num_layers]
    return tuple(range(start, min(end, num_layers)) for start, end in zip(starts, ends, strict=True))


def layer_split(estimator: Estimator, context: int, count: int, vendor: str, band: ErrorBand) -> tuple[Share, ...]:
    """What each of ``count`` devices of ``vendor`` holds, the output head on the last.

    context : tokens of one sequence.
    """
    own, own_high = _on_each(estimator.at(context, vendor, band))
    held = _held(estimator, context, _devices(estimator, count))
    return tuple(
        Share(layers, size + own, size + own_high)
        for layers, size in zip(layers_by_device(estimator.architecture.num_layers, count), held, strict=True)
    )


def fullest(estimator: Estimator, context: int, count: int, vendor: str, band: ErrorBand) -> tuple[int, int]:
    """Middle and high total of the device that holds most, bytes."""
    own, own_high = _on_each(estimator.at(context, vendor, band))
    most = _most(estimator, context, count)
    return most + own, most + own_high


@lru_cache(maxsize=512)
def _most(estimator: Estimator, context: int, count: int) -> int:
    """Weights and caches of the device that holds most, bytes."""
    return max(_held(estimator, context, _heaviest(estimator, count)))


def _on_each(estimate: Estimate) -> tuple[int, int]:
    """Middle and high end of what every device holds besides its layers, bytes."""
    copies = (PIPELINE_COPIES - 1) * estimate.compute_host_bytes
    spread = estimate.weights_device_bytes + estimate.kv_cache_bytes + estimate.recurrent_state_bytes
    return estimate.compute_bytes + estimate.runtime_bytes + copies, estimate.total_high_bytes - spread + copies


def _held(estimator: Estimator, context: int, devices: Iterable[Layers]) -> list[int]:
    """Weights and caches of some devices, bytes."""
    sizes = _layer_caches(estimator, context)
    return [weights + sum(map(mul, sizes, portions)) for weights, portions in devices]


@lru_cache(maxsize=64)
def _layer_caches(estimator: Estimator, context: int) -> tuple[int, ...]:
    """What one layer keeps in each cache, bytes."""
    profile = estimator.memory.profile
    tokens = profile.padded(estimator.settings.context_per_stream(profile.padded(context)))
    kept = (term for term in profile.terms if term.component in _KEPT)
    numbers = cache_layers(estimator.architecture)
    return tuple(term.size(tokens) // len(layers) for term, layers in zip(kept, numbers, strict=True))


@lru_cache(maxsize=1024)
def _devices(estimator: Estimator, count: int) -> tuple[Layers, ...]:
    """What each device holds whatever the context."""
    *blocks, output = estimator.memory.blocks
    parts = layers_by_device(len(blocks), count)
    weights = [sum(blocks[part.start : part.stop]) for part in parts]
    weights[-1] += output
    return tuple(zip(weights, _cache_portions(estimator.architecture, count), strict=True))


@lru_cache(maxsize=1024)
def _heaviest(estimator: Estimator, count: int) -> tuple[Layers, ...]:
    """Of devices with as many layers of each cache the one with most weights; one of these is the fullest."""
    most: dict[tuple[int, ...], int] = {}
    for weights, portions in _devices(estimator, count):
        most[portions] = max(weights, most.get(portions, 0))
    return tuple((weights, portions) for portions, weights in most.items())


@lru_cache(maxsize=4096)
def _cache_portions(architecture: Architecture, count: int) -> tuple[tuple[int, ...], ...]:
    """For each device, how many of the layers that keep each cache lie on it."""
    kept = cache_layers(architecture)
    parts = layers_by_device(architecture.num_layers, count)
    return tuple(tuple(sum(i in part for i in layers) for layers in kept) for part in parts)
