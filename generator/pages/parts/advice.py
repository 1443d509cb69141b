"""What a reader could do about a scenario: tips, chosen by rules over the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from generator import formats
from generator.catalog.memory_class import MemoryClass
from generator.memory.estimate import Estimate
from generator.memory.kv_cache import IndexerCache, caches
from generator.pages.facts import Facts, common_by_size, facts
from generator.pages.parts.holders import a_named
from generator.pages.traits import traits
from generator.placement import Fit, Verdict
from generator.scenarios import QUANTIZED_CACHES

SMALL_CACHE = 0.05
"""Part of the total below which the cache is not worth a word."""
CACHE_SWITCHES = {"llama.cpp": "-ctk {0} -ctv {0}, flash attention on", "vllm": "--kv-cache-dtype {0}"}
BEGINS_WITH_VOWEL = re.compile(r"8|1[18]\b")
"""Numbers as they are spoken: eight, eleven, eighteen."""

FEW_SEQUENCES = 16
"""Requests at once that a server for a few people has to take."""


class Least(Struct, frozen=True):
    """The least memory that holds a scenario.

    gb : as sold; above every size where none does. name : ``a 24 GB device``, a device's name, nothing where none does.
    """

    gb: float
    name: str


def least(found: Facts, fits: tuple[Fit, ...]) -> Least:
    """A memory size, or a device sold with less whose driver leaves more than others of its size do.

    fits : the devices that hold it.
    """
    size, sure = found.memory_class, next((fit.device for fit in fits if fit.verdict is Verdict.FITS), None)
    if sure is not None and (size is None or sure.memory_gb_marketed < size.gb):
        return Least(sure.memory_gb_marketed, a_named(sure))
    return Least(size.gb, a_device(size)) if size else Least(float("inf"), "")


def tips(found: Facts, fits: tuple[Fit, ...]) -> Iterator[str]:
    """What would change the answer, from this scenario's own figures.

    fits : the devices that hold it.
    """
    own = least(found, fits)
    yield from published_takes_less(found)
    yield from _less_context(found, own)
    yield from _quantized_cache(found, own)
    yield from _fewer_sequences(found, own)
    asked_about = common_by_size(found.subject, found.engine, found.context)
    common = tuple(each for each in asked_about if each.quantization is not found.quantization)
    yield from _next_step_down(found, common, own)
    yield from _room_for_bits(found, common)
    yield from _room_for_context(found)


def published_takes_less(found: Facts) -> Iterator[str]:
    """That the form in which the model is published takes less than this, so that this only loses."""
    published = found.subject.published_in(found.engine)
    if published is None or found.subject.is_published(found.quantization):
        return
    other = facts(found.subject, published, found.context)
    if other.estimate.weights_device_bytes < found.estimate.weights_device_bytes:
        yield (
            f"{found.name} is published in {published.name}, which takes {both(other.estimate)} at "
            f"{found.context_text}: {found.quantization.name} takes more and can't be better."
        )


@lru_cache(maxsize=4)
def with_quantized_cache(found: Facts) -> tuple[tuple[str, Estimate], ...]:
    """The scenario with each quantized cache, largest first; none where the cache can't be quantized."""
    return tuple(
        (kv_type, found.subject.estimate(found.quantization, found.context, found.engine, kv_type=kv_type))
        for kv_type in _cache_types(found)
    )


def _cache_types(found: Facts) -> tuple[str, ...]:
    """Of an engine, for a model; how vLLM lays out an FP8 cache beside an indexer isn't known."""
    sparse = any(isinstance(cache, IndexerCache) for cache in caches(found.subject.architecture))
    if not found.estimate.kv_cache_bytes or (found.engine == "vllm" and sparse):
        return ()
    if found.engine == "llama.cpp" and "quantizable_cache" not in traits(found.subject):
        return ()
    return QUANTIZED_CACHES.get(found.engine, ())


def _fewer_sequences(found: Facts, own: Least) -> Iterator[str]:
    """What vLLM gives back where it is told how few requests it will ever serve at once."""
    if found.engine != "vllm":
        return
    estimate = found.subject.estimate(found.quantization, found.context, found.engine, max_num_seqs=FEW_SEQUENCES)
    saved = found.estimate.total_bytes - estimate.total_bytes
    if saved <= SMALL_CACHE * found.estimate.total_bytes:
        return
    reached = found.class_for(estimate.total_high_bytes)
    fits = f" and fits {a_device(reached)}" if reached and reached.gb < own.gb else ""
    yield (
        f"vLLM sets aside room to sample for {formats.number(found.estimator.settings.max_num_seqs)} requests at once; "
        f"with --max-num-seqs {FEW_SEQUENCES} it takes {both(estimate)}{fits}."
    )


def _less_context(found: Facts, own: Least) -> Iterator[str]:
    """The longest context that gets by with a smaller memory size, else how to halve a cache larger than the weights."""
    step = next((each for each in _shorter(found) if each.memory_class and each.memory_class.gb < own.gb), None)
    if step is not None and step.memory_class is not None:
        yield (
            f"Cut to {step.context_text}, it takes {both(step.estimate)} and fits {a_device(step.memory_class)}: "
            f"the cache goes from {formats.size(found.cache_bytes)} to {formats.size(step.cache_bytes)}."
        )
    elif found.cache_bytes > found.estimate.weights_device_bytes:
        half = next((each for each in _shorter(found) if 2 * each.cache_bytes <= found.cache_bytes), None)
        if half:
            yield (
                f"The cache is larger than the weights. A context of {half.context_text} would bring it from "
                f"{formats.size(found.cache_bytes)} to {formats.size(half.cache_bytes)}."
            )


def _shorter(found: Facts) -> Iterator[Facts]:
    """The same with less context, longest first."""
    contexts = (each for each in reversed(found.subject.contexts) if each < found.context)
    return (facts(found.subject, found.quantization, each) for each in contexts)


def _quantized_cache(found: Facts, own: Least) -> Iterator[str]:
    """The first quantized cache that reaches a smaller memory size."""
    if found.estimate.kv_cache_bytes <= SMALL_CACHE * found.estimate.total_bytes:
        return
    for kv_type, stored in with_quantized_cache(found):
        reached = found.class_for(stored.total_high_bytes)
        if reached and reached.gb < own.gb:
            yield (
                f"With {a_cache(kv_type)} ({CACHE_SWITCHES[found.engine].format(kv_type)}) it takes {both(stored)} and "
                f"fits {a_device(reached)}."
            )
            return


def _next_step_down(found: Facts, common: tuple[Facts, ...], own: Least) -> Iterator[str]:
    """The next smaller quantization that people ask about and that gets by with a smaller memory size."""
    for other in common:
        its = other.memory_class
        smaller = other.estimate.weights_bytes < found.estimate.weights_bytes
        if smaller and its is not None and its.gb < own.gb:
            yield (
                f"{other.quantization.name} needs {both(other.estimate)} and so fits {a_device(its)}"
                + (f" where {found.quantization.name} takes {own.name}." if own.name else ".")
            )
            return


def _room_for_bits(found: Facts, common: tuple[Facts, ...]) -> Iterator[str]:
    """A larger quantization that the same memory size holds."""
    own = found.memory_class
    larger = (other for other in common if other.estimate.weights_bytes > found.estimate.weights_bytes)
    better = next((other for other in larger if own and other.memory_class and other.memory_class.gb <= own.gb), None)
    if own and better:
        device, name = formats.capitalized(a_device(own)), better.quantization.name
        yield f"{device} has room for {name} too, {both(better.estimate)} at this context."


def _room_for_context(found: Facts) -> Iterator[str]:
    """How far the memory size that holds the scenario goes, and what the first context beyond it takes."""
    own, subject = found.memory_class, found.subject
    if own is None:
        return
    at, device = found.quantization.name, a_device(own)
    longest = found.longest_in(own)
    if found.context < longest == subject.contexts[-1]:
        yield f"At {at} {device} holds even the model's full {formats.context(longest)} of context."
        return
    beyond = next((each for each in subject.contexts if each > longest), None)
    if beyond is None:
        return
    step = facts(subject, found.quantization, beyond)
    takes = f"{step.context_text} takes {both(step.estimate)} and {needs(step.memory_class)}"
    if found.context < longest:
        yield f"At {at} {device} holds up to {formats.tokens(longest)} of context; {takes}."
    else:
        yield f"This is as far as {device} goes at {at}; {takes}."


def needs(size: MemoryClass | None) -> str:
    """``needs a 24 GB device``, or several."""
    return f"needs {a_device(size)}" if size else "needs several devices"


def both(estimate: Estimate) -> str:
    """A total in the units of files and in those of drivers: ``25.1 GB (23.4 GiB)``."""
    return f"{formats.size(estimate.total_bytes)} ({formats.gib(estimate.total_bytes)})"


def a_cache(kv_type: str) -> str:
    """``a q8_0 cache``, ``an fp8 cache``."""
    return f"{'an' if kv_type.startswith('f') else 'a'} {kv_type} cache"


def a_device(size: MemoryClass) -> str:
    """``a 24 GB device``, ``an 80 GB device``."""
    text = formats.memory_class(size.gb)
    return f"{'an' if BEGINS_WITH_VOWEL.match(text) else 'a'} {text} device"
