"""What a reader could do about a scenario: tips and the verdict, chosen by rules over the figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator import formats
from generator.catalog.memory_class import MemoryClass
from generator.memory.estimate import Estimate
from generator.memory.profile import Component
from generator.pages.facts import Facts, facts_by_size, largest_contexts
from generator.pages.hardware import HOME_SEGMENTS
from generator.pages.traits import traits
from generator.placement import Fit, Offload

SMALL_CACHE = 0.05
"""Part of the total below which the cache is not worth a word."""
QUANTIZED_CACHES = ("q8_0", "q4_0")


def others_by_size(found: Facts) -> tuple[Facts, ...]:
    """The same model and context at every other quantization of the same engine, largest weights first."""
    same = facts_by_size(found.subject, found.engine, found.context)
    return tuple(each for each in same if each.quantization is not found.quantization)


def tips(found: Facts, others: tuple[Facts, ...]) -> Iterator[str]:
    """What would change the answer, from this scenario's own figures."""
    yield from _less_context(found)
    yield from _quantized_cache(found)
    common = tuple(other for other in others if found.subject.is_common(other.quantization))
    yield from _next_step_down(found, common)
    yield from _room_left(found, common)
    if found.subject.is_moe and found.engine == "llama.cpp":
        yield (
            "With --n-cpu-moe the routed experts of some or all layers stay in system memory; "
            "the rest then sets what the GPU must hold."
        )


@lru_cache(maxsize=4)
def with_quantized_cache(found: Facts) -> tuple[tuple[str, Estimate], ...]:
    """The scenario with each quantized cache, largest first; none where the cache can't be quantized."""
    if found.engine != "llama.cpp" or "quantizable_cache" not in traits(found.subject):
        return ()
    return tuple(
        (kv_type, found.subject.estimate(found.quantization, found.context, kv_type=kv_type))
        for kv_type in QUANTIZED_CACHES
    )


def _less_context(found: Facts) -> Iterator[str]:
    if found.cache_bytes <= found.estimate.weights_device_bytes:
        return
    half = _context_of_half(found)
    if half:
        yield (
            f"The cache is larger than the weights. A context of {formats.context(half)} would bring it from "
            f"{formats.size(found.cache_bytes)} to {formats.size(_cache_at(found, half))}."
        )


def _cache_at(found: Facts, context: int) -> int:
    profile = found.estimator.memory.profile
    return profile.size(context, Component.KV_CACHE) + profile.size(context, Component.RECURRENT_STATE)


def _context_of_half(found: Facts) -> int | None:
    """The longest context of the ladder whose cache is at most half of this one's."""
    shorter = (tokens for tokens in found.subject.contexts if tokens < found.context)
    return max((tokens for tokens in shorter if 2 * _cache_at(found, tokens) <= found.cache_bytes), default=None)


def _quantized_cache(found: Facts) -> Iterator[str]:
    """The first quantized cache that reaches a smaller memory size."""
    if found.estimate.kv_cache_bytes <= SMALL_CACHE * found.estimate.total_bytes:
        return
    for kv_type, stored in with_quantized_cache(found):
        reached = found.class_for(stored.total_high_bytes)
        if reached and (found.memory_class is None or reached.gb < found.memory_class.gb):
            yield (
                f"With a {kv_type} cache (-ctk {kv_type} -ctv {kv_type}, flash attention on) it takes "
                f"{formats.size(stored.total_bytes)} and fits {a_device(reached)}."
            )
            return


def _next_step_down(found: Facts, common: tuple[Facts, ...]) -> Iterator[str]:
    """The next smaller quantization that people ask about and that gets by with a smaller memory size."""
    own = found.memory_class
    for other in common:
        its = other.memory_class
        smaller = other.estimate.weights_bytes < found.estimate.weights_bytes
        if smaller and its is not None and (own is None or its.gb < own.gb):
            yield (
                f"{other.quantization.name} needs {other.total_text} ({formats.gib(other.estimate.total_bytes)}) "
                f"and so fits {a_device(its)}"
                + (f" where {found.quantization.name} takes {a_device(own)}." if own else ".")
            )
            return


def _room_left(found: Facts, common: tuple[Facts, ...]) -> Iterator[str]:
    """What the memory size that holds the scenario has room for besides: more bits, or more context."""
    own = found.memory_class
    if own is None:
        return
    larger = (other for other in common if other.estimate.weights_bytes > found.estimate.weights_bytes)
    better = next((other for other in larger if other.memory_class and other.memory_class.gb <= own.gb), None)
    longest = dict(largest_contexts(found.subject, found.quantization))[own]
    device = a_device(own)
    if better:
        name = better.quantization.name
        yield f"{device[0].upper()}{device[1:]} has room for {name} too, {better.total_text} at this context."
    if found.context < longest < found.subject.contexts[-1]:
        yield f"At {found.quantization.name} {device} holds up to {formats.tokens(longest)} of context."
    elif found.context < longest:
        yield f"At {found.quantization.name} {device} holds even the model's full {formats.context(longest)} of context."


def a_device(size: MemoryClass) -> str:
    """``a 24 GB device``, ``an 80 GB device``."""
    text = formats.memory_class(size.gb)
    return f"{'an' if text.startswith('8') else 'a'} {text} device"


def verdict(found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], ways: tuple[tuple[str, Offload], ...]) -> str:
    """What to make of it, in a sentence or two."""
    estimate = found.estimate
    sure = [fit for fit in fits if fit.verdict == "fits"]
    share = found.cache_bytes / estimate.total_bytes
    if found.cache_bytes > estimate.weights_device_bytes:
        driver = f"The context decides: the cache is {formats.percent(share)} of the total."
    elif share > 0.15:
        driver = f"Weights come first, but {formats.percent(share)} of the total is cache."
    else:
        driver = "The weights decide; the context hardly matters here."
    offload = next((way for how, way in ways if "experts" in how), None)
    consumer = next((fit for fit in sure if fit.device.segment in HOME_SEGMENTS), None)
    if consumer:
        enough = f"One {consumer.device.name} is enough, so this is within reach of a single machine at home."
        if offload is None or offload.capacity_bytes >= consumer.capacity_bytes:
            return f"{driver} {enough}"
        ram = formats.size(offload.host_bytes)
        return (
            f"{driver} {enough} With the routed experts in {ram} of system memory, even a {offload.device.name} does."
        )
    if sure:
        first = f"It takes a workstation or data-centre device: the {sure[0].device.name} is the first that holds it."
        instead = f" Instead, {groups[0].count} × {groups[0].device.name} share it." if groups else ""
        return f"{driver} {first}{instead}"
    if offload:
        return (
            f"{driver} No single device holds it whole, but with the routed experts in system memory a "
            f"{offload.device.name} and {formats.size(offload.host_bytes)} of RAM do."
        )
    if groups:
        relief = "a shorter context" if share > 0.5 else "a smaller quantization"
        return f"{driver} Plan for {groups[0].count} × {groups[0].device.name} or more, or for {relief}."
    return f"{driver} Nothing in our list holds it: choose a shorter context or a smaller quantization."
