"""Sentences chosen by rules over the figures: answer, tips, verdict, and why the usual formula errs."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.catalog.memory_class import MemoryClass
from generator.memory.kv_cache import LatentCache, RecurrentState, TokenCache, caches
from generator.memory.layers import Attention
from generator.pages.facts import Facts, facts
from generator.pages.hardware import HOME_SEGMENTS
from generator.pages.traits import traits
from generator.placement import Fit, Offload

SMALL_CACHE = 0.05
QUANTIZED_CACHES = ("q8_0", "q4_0")


def answer(facts: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...]) -> tuple[str, ...]:
    """One or two sentences: how much, and on what."""
    estimate = facts.estimate
    parts = [f"{formats.size(estimate.weights_device_bytes)} of weights"]
    if estimate.kv_cache_bytes:
        parts.append(f"{formats.size(estimate.kv_cache_bytes)} of KV cache")
    if estimate.recurrent_state_bytes:
        parts.append(f"{formats.size(estimate.recurrent_state_bytes)} of recurrent state")
    parts.append(f"{formats.size(facts.overhead_bytes)} of buffers and driver")
    first = (
        f"{facts.name} needs {facts.total_text} ({formats.gib(estimate.total_bytes)}) of GPU memory at {facts.quantization.name} with {facts.context_text} of "
        f"context in {facts.engine_name}: {formats.listed(parts)}."
    )
    return first, _where(facts, fits, groups)


def _where(facts: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...]) -> str:
    sure = next((fit for fit in fits if fit.verdict == "fits"), None)
    if sure:
        free = formats.gib(sure.headroom_bytes)
        return (
            f"Allow for {facts.range_text}; of the common devices, the {sure.device.name} is the smallest to hold it, "
            f"with {free} to spare."
        )
    if groups:
        group = groups[0]
        return (
            f"Allow for {facts.range_text}; no common single device surely holds it, "
            f"{group.count} × {group.device.name} do."
        )
    return f"Allow for {facts.range_text}; neither a single device nor sixteen of one kind in our list hold it."


def usual(facts: Facts) -> tuple[str, ...]:
    """What the usual formula says where it errs, and why; empty where it is about right."""
    if not facts.usual_differs:
        return ()
    actual = formats.size(facts.cache_bytes)
    first = (
        f"The usual formula, 2 × layers × KV heads × head size × 2 bytes × tokens, gives "
        f"{formats.size(facts.usual_kv_bytes)} for the cache of {facts.name} at {facts.context_text}. "
        f"{facts.engine_name} allocates {actual}."
    )
    return first, " ".join(_reasons(facts))


def _reasons(facts: Facts) -> Iterator[str]:
    architecture = facts.subject.architecture
    total = architecture.num_layers
    for cache in caches(architecture):
        if isinstance(cache, TokenCache) and cache.window and "windows_ignored" not in architecture.traits:
            kind = "chunks" if cache.window.kind == "chunked" else "a window"
            span = formats.number(cache.window.tokens)
            yield f"{cache.layers} of {total} layers see {kind} of {span} tokens only and keep no more than that and a micro-batch."
        elif isinstance(cache, LatentCache):
            width = formats.number(cache.width)
            yield f"{cache.layers} of {total} layers keep one compressed vector of {width} values a token instead of K and V of every head."
        elif isinstance(cache, RecurrentState):
            yield f"{cache.layers} of {total} layers keep a state of fixed size instead of a cache."
    shared = sum(
        isinstance(mixer, Attention) and not mixer.own_cache for layer in architecture.layers for mixer in layer.mixers
    )
    if shared:
        yield f"{shared} layers share the cache of others."
    if facts.usual_kv_bytes < facts.cache_bytes:
        yield "Rounding to whole blocks of cells and room for a micro-batch add to it."


def tips(found: Facts, smaller: tuple[Facts, ...]) -> Iterator[str]:
    """What would change the answer, from this scenario's own figures.

    smaller : the same model and context at smaller quantizations, largest first.
    """
    estimate = found.estimate
    if found.cache_bytes > estimate.weights_device_bytes and found.context > 2048:
        half = _context_of_half(found)
        if half:
            yield (
                f"The cache is larger than the weights. A context of {formats.context(half)} would bring it from "
                f"{formats.size(found.cache_bytes)} to {formats.size(_cache_at(found, half))}."
            )
    quantizable = found.engine == "llama.cpp" and "quantizable_cache" in traits(found.subject)
    if quantizable and estimate.kv_cache_bytes > SMALL_CACHE * estimate.total_bytes:
        savings = []
        for kv_type in QUANTIZED_CACHES:
            other = found.subject.estimate(found.quantization, found.context, kv_type=kv_type)
            savings.append(f"{formats.size(estimate.total_bytes - other.total_bytes)} with {kv_type}")
        yield f"A quantized KV cache saves {' or '.join(savings)} (-ctk and -ctv, flash attention on)."
    yield from _next_step_down(found, smaller)
    if found.subject.is_moe and found.engine == "llama.cpp":
        yield (
            "With --n-cpu-moe the routed experts of some or all layers stay in system memory; "
            "the rest then sets what the GPU must hold."
        )


def _cache_at(found: Facts, context: int) -> int:
    other = found.estimator.at(context)
    return other.kv_cache_bytes + other.recurrent_state_bytes


def _context_of_half(found: Facts) -> int | None:
    """The longest context of the ladder whose cache is at most half of this one's."""
    shorter = (tokens for tokens in found.subject.contexts if tokens < found.context)
    return max((tokens for tokens in shorter if 2 * _cache_at(found, tokens) <= found.cache_bytes), default=None)


def _next_step_down(found: Facts, smaller: tuple[Facts, ...]) -> Iterator[str]:
    """The next smaller quantization that gets by with a smaller memory class."""
    own = found.memory_class
    for other in smaller:
        its = other.memory_class
        if its is not None and (own is None or its.gb < own.gb):
            yield (
                f"{other.quantization.name} needs {other.total_text} ({formats.gib(other.estimate.total_bytes)}) "
                f"and so fits {_a_device(its)}"
                + (f" where {found.quantization.name} takes {_a_device(own)}." if own else ".")
            )
            return


def _a_device(size: MemoryClass) -> str:
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
        return f"{driver} {enough} With the routed experts in {ram} of system memory, even a {offload.device.name} does."
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


def accuracy(found: Facts) -> tuple[str, ...]:
    """What the figures rest on, from the measured rows of this kind and engine."""
    engine = found.engine_name
    exact = f"Weights and cache follow {engine}'s own rules, tensor by tensor and layer by layer. {_agreement(found)}"
    band = found.band
    if not band.rows:
        return exact, f"No compute buffer of {engine} was measured, so half to twice of ours is allowed for."
    median = formats.percent(band.median)
    wide = formats.percent(band.p95)
    if band.measured:
        return (
            exact,
            f"The compute buffer was checked on {formats.number(band.rows)} measured rows of this kind ({band.kind}): "
            f"{formats.number(band.exact)} equal to the byte, median error {median}, 95% within {wide}.",
        )
    return (
        exact,
        f"No row of this kind ({band.kind}) was measured; over all kinds the compute buffer has a median error of "
        f"{median} and 95% of {formats.number(band.rows)} rows within {wide}, and the range is widened accordingly.",
    )


def _agreement(found: Facts) -> str:
    equal, measured = found.subject.equal_sizes(found.engine)
    if not measured:
        return "None of its sizes was measured for this kind of model."
    return f"Of {formats.number(measured)} sizes measured for models of this kind, {formats.number(equal)} equal ours to the byte."


def smaller_quantizations(found: Facts) -> tuple[Facts, ...]:
    """The same model and context at the quantizations that take less, largest first."""
    others = (facts(found.subject, q, found.context) for q in found.subject.quantizations)
    less = [other for other in others if other.estimate.weights_bytes < found.estimate.weights_bytes]
    return tuple(sorted(less, key=lambda other: -other.estimate.weights_bytes))
