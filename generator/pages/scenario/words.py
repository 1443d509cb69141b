"""Sentences over the figures: the answer, why the usual formula errs, and what the figures rest on."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.memory.engines.llama_cpp.caches import cache_terms
from generator.memory.kv_cache import Cache, LatentCache, RecurrentState, TokenCache, caches, layers_sharing
from generator.memory.layers import Attention
from generator.memory.settings import RunSettings
from generator.memory.work import KEPT
from generator.pages.facts import Facts
from generator.placement import Fit

FULL_WINDOWS = RunSettings(swa_full=True)


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
        f"{facts.name} needs {facts.total_text} ({formats.gib(estimate.total_bytes)}) of GPU memory at {facts.quantization.name} with {facts.context_text} context "
        f"in {facts.engine_name}: {formats.listed(parts)}."
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
    if not facts.usual_kv_bytes:
        return _without_attention(facts)
    actual = formats.size(facts.cache_bytes)
    first = (
        f"The usual formula, 2 × layers × KV heads × head size × 2 bytes × tokens, gives "
        f"{formats.size(facts.usual_kv_bytes)} for the cache of {facts.name} at {facts.context_text}; "
        f"{facts.engine_name} allocates {actual}."
    )
    return first, " ".join(_reasons(facts)), *_full_windows(facts)


def _without_attention(facts: Facts) -> tuple[str, ...]:
    """What a formula over layers and heads can't tell of a model that has none."""
    contexts = facts.subject.contexts
    return (
        f"Formulas over layers, heads and tokens find no attention in {facts.name}.",
        f"Its {facts.subject.architecture.num_layers} layers keep a state of fixed size, "
        f"{formats.size(facts.cache_bytes)} in all, at {formats.context(contexts[0])} as at "
        f"{formats.context(contexts[-1])}.",
    )


def _full_windows(facts: Facts) -> Iterator[str]:
    """Which switch brings the usual figure back, where windows are the reason and the engine has one."""
    if facts.engine != "llama.cpp" or "windows_ignored" in facts.subject.architecture.traits:
        return
    terms = cache_terms(facts.subject.architecture, FULL_WINDOWS)
    whole = sum(term.size(facts.estimator.memory.profile.padded(facts.context)) for term in terms)
    if whole > facts.cache_bytes:
        yield f"With --swa-full the layers with a window keep the whole context too, and the cache takes {formats.size(whole)}."


def _reasons(facts: Facts) -> Iterator[str]:
    architecture = facts.subject.architecture
    total = architecture.num_layers
    attending = sum(
        count
        for layer, count in architecture.distinct_layers()
        if any(isinstance(mixer, Attention) for mixer in layer.mixers)
    )
    batch = " and a micro-batch" if facts.engine == "llama.cpp" else ""
    for cache, kept_bytes in _kept(facts):
        if cache.layers < total:
            counted = formats.size(facts.usual_kv_bytes * cache.layers // total)
            kept = "" if kept_bytes is None else f"{formats.size(kept_bytes)} in all; "
            layers, against = f"{cache.layers} of {total} layers", f": {kept}the formula counts {counted} for them"
        else:
            layers, against = f"All {total} layers", ""
        if isinstance(cache, TokenCache) and cache.window and "windows_ignored" not in architecture.traits:
            kind = "chunks" if cache.window.kind == "chunked" else "a window"
            span = formats.number(cache.window.tokens)
            yield f"{layers} see {kind} of {span} tokens only and keep no more than that{batch}{against}."
        elif isinstance(cache, LatentCache):
            width = formats.number(cache.width)
            yield f"{layers} keep one compressed vector of {width} values a token instead of K and V of every head{against}."
        elif isinstance(cache, RecurrentState):
            instead = " instead of a cache" if cache.layers + attending <= total else " besides"
            yield f"{layers} keep a state of fixed size{instead}{against}."
    shared = layers_sharing(architecture)
    if shared:
        yield f"{shared} layers share the cache of others."
    if facts.usual_kv_bytes < facts.cache_bytes:
        yield "Rounding to whole blocks of cells and room for a micro-batch add to it."


def _kept(facts: Facts) -> Iterator[tuple[Cache, int | None]]:
    """The kinds of cache with what each takes, bytes; None in engines that sum kinds up."""
    kinds = caches(facts.subject.architecture)
    if facts.engine != "llama.cpp":
        yield from ((kind, None) for kind in kinds)
        return
    memory = facts.estimator.memory
    terms = (term for term in memory.held if term.component in KEPT)
    context = memory.profile.padded(facts.context)
    yield from ((kind, term.size(context)) for kind, term in zip(kinds, terms, strict=True))
