"""Why models take different memory, in words chosen by rules over their figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from generator import formats
from generator.memory.kv_cache import (
    Cache,
    CompressedCache,
    IndexerCache,
    LatentCache,
    RecurrentState,
    TokenCache,
    caches,
)
from generator.pages.facts import Facts, facts, parameters_text
from generator.scenarios import Subject

APART = 1.15
"""From this ratio on, one part of the memory is called larger."""

TWO = 2
"""Models of which one is called the lighter, not the lightest."""

NEXT_TOKENS = 4096
"""Tokens over which the growth of the cache is taken, in whole steps of every engine's padding."""


def growth_bytes(found: Facts) -> int:
    """What a further token adds to KV cache and state at the scenario's context, windows full or not."""
    now, later = (found.estimator.at(context) for context in (found.context, found.context + NEXT_TOKENS))
    added = later.kv_cache_bytes + later.recurrent_state_bytes - now.kv_cache_bytes - now.recurrent_state_bytes
    return added // NEXT_TOKENS


def cache_words(subject: Subject) -> str:
    """``32 layers of 8 KV heads`` and the like: all that a model keeps for past tokens."""
    return "; ".join(_words(cache) for cache in caches(subject.architecture))


def _words(cache: Cache) -> str:
    layers = "1 layer" if cache.layers == 1 else f"{cache.layers} layers"
    if isinstance(cache, TokenCache):
        heads = cache.key_width // cache.key_head_dim
        whose = f"{layers} × {heads} KV head{'' if heads == 1 else 's'} × {cache.key_head_dim}"
        if not cache.window:
            return whose
        return f"{whose}, {formats.number(cache.window.tokens)} tokens at most"
    if isinstance(cache, LatentCache):
        return f"{layers} × {cache.width} latent values"
    if isinstance(cache, CompressedCache):
        return f"{layers} × {cache.width} values for {cache.tokens_per_cell} tokens"
    if isinstance(cache, IndexerCache):
        return f"indexer keys of {layers}"
    if isinstance(cache, RecurrentState):
        return f"{layers} with a fixed state"
    raise TypeError(type(cache).__name__)


def quantizations_text(found: tuple[Facts, ...]) -> str:
    """``Q4_K_M``; ``MXFP4_MOE (gpt-oss-20b) and Q4_K_M (Qwen3 14B)`` where the models are best tried at different ones."""
    of_each: dict[str, list[str]] = {}
    for each in found:
        of_each.setdefault(each.quantization.name, []).append(each.name)
    if len(of_each) == 1:
        return next(iter(of_each))
    return formats.listed([f"{quantization} ({', '.join(names)})" for quantization, names in of_each.items()])


def totals_text(found: tuple[Facts, ...]) -> str:
    """``at Q4_K_M with 32K of context: Llama 3.1 8B 9.33 GB, ...``, each with its own quantization where they differ."""
    alike = len({each.quantization for each in found}) == 1
    at = f"at {found[0].quantization.name} " if alike else ""
    totals = (f"{each.name}{'' if alike else f' at {each.quantization.name}'} {each.total_text}" for each in found)
    return f"{at}with {found[0].context_text} of context: {', '.join(totals)}."


def answer(found: tuple[Facts, ...]) -> tuple[str, ...]:
    """Which takes least, by how much, and through which part."""
    ordered = tuple(sorted(found, key=lambda each: each.estimate.total_bytes))
    least, most = ordered[0], ordered[-1]
    difference = formats.size(most.estimate.total_bytes - least.estimate.total_bytes)
    of_weights = most.estimate.weights_device_bytes - least.estimate.weights_device_bytes
    of_cache = most.cache_bytes - least.cache_bytes
    if max(of_weights, of_cache) <= 0:
        through = "in buffers"
    else:
        through = "mostly in the weights" if of_weights >= of_cache else "mostly in the cache"
    totals = totals_text(ordered)
    if len(found) == TWO:
        return f"{least.name} takes less memory {totals}", f"The difference is {difference}, {through}."
    return (
        f"{least.name} takes the least memory {totals}",
        f"Between first and last lie {difference}, {through}.",
    )


def reasons(found: tuple[Facts, ...]) -> Iterator[str]:
    """What makes weights and cache differ, where the order turns, and what that means for speed."""
    by_weights = sorted(found, key=lambda each: each.estimate.weights_device_bytes)
    small, large = by_weights[0], by_weights[-1]
    if large.estimate.weights_device_bytes > APART * small.estimate.weights_device_bytes:
        yield (
            f"Weights: {large.name} holds {parameters_text(large.subject)} parameters, {small.name} "
            f"{parameters_text(small.subject)}; that is {formats.size(large.estimate.weights_device_bytes)} against "
            f"{formats.size(small.estimate.weights_device_bytes)}."
        )
    growth = sorted(((growth_bytes(each), each) for each in found), key=lambda pair: pair[0])
    (slow_bytes, slow), (fast_bytes, fast) = growth[0], growth[-1]
    if fast_bytes > APART * slow_bytes:
        yield (
            f"Cache: a further token costs {fast.name} {formats.size(fast_bytes)} ({cache_words(fast.subject)}) and "
            f"{slow.name} {formats.size(slow_bytes) if slow_bytes else 'nothing'} ({cache_words(slow.subject)})."
        )
    yield from _turning_point(found)
    yield from _active(found)


def _turning_point(found: tuple[Facts, ...]) -> Iterator[str]:
    """Where another model becomes the lightest as the context grows."""
    shared = set.intersection(*(set(each.subject.contexts) for each in found))
    if len(shared) < 2:
        return
    lightest = []
    for context in sorted(shared):
        at = [facts(each.subject, each.quantization, context) for each in found]
        lightest.append((context, min(at, key=lambda each: each.estimate.total_bytes).name))
    for (before, first), (after, second) in pairwise(lightest):
        if first != second:
            yield (
                f"Up to {formats.context(before)} of context {first} is the {'lighter' if len(found) == TWO else 'lightest'}, "
                f"from {formats.context(after)} on {second}."
            )


def _active(found: tuple[Facts, ...]) -> Iterator[str]:
    """What a mixture of experts holds against what it reads."""
    sparse = [each for each in found if each.subject.is_moe]
    dense = [each for each in found if not each.subject.is_moe]
    for each in sparse:
        architecture = each.subject.architecture
        rest = f" where {dense[0].name} reads all of its weights" if dense else ""
        yield (
            f"Speed: {each.name} holds all its {formats.parameters(architecture.parameters())} parameters but reads "
            f"{formats.parameters(architecture.parameters_active())} for a token{rest}."
        )
