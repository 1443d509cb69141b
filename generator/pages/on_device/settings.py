"""What to set so that one model does more on one device: context, bits, cache type, a part in system memory."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.memory.errors import MemoryModelError
from generator.pages.on_device.pair import Pair
from generator.pages.parts.holders import Section
from generator.pages.parts.speeds import speed_text
from generator.placement import Verdict
from generator.placement.holding import Candidate, with_cache
from generator.scenarios import LIGHT_CACHE


def settings(pair: Pair) -> Iterator[Section]:
    """Which bits for which context, what a lighter cache gives, and what the next larger weights would cost."""
    if pair.best is None:
        return
    sentences = (
        *_bits_for_contexts(pair, pair.best),
        *_lighter_cache(pair, pair.best),
        *_next_larger(pair, pair.best),
    )
    if sentences:
        yield Section("settings", "What to set", sentences)


def _bits_for_contexts(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """Where the best stops fitting, and the most bits for each longer context."""
    longest = chosen.largest_context(pair.holder)
    beyond = [(place, context) for place, context in enumerate(pair.subject.contexts) if context > longest]
    if not beyond:
        return
    smaller = [each for each in pair.worth_a_look if each.weights_device_bytes < chosen.weights_device_bytes]
    steps: dict[str, int] = {}
    for place, context in beyond:
        fits = (each for each in smaller if each.verdicts(pair.holder)[place] is Verdict.FITS)
        most = next(fits, None)
        if most is None:
            break
        steps[most.quantization.name] = context
    edge = f"{chosen.quantization.name} stops fitting beyond {formats.tokens(longest)}"
    if not steps:
        yield f"{edge}, and no smaller quantization that people ask about holds {formats.context(beyond[0][1])}."
        return
    full = pair.subject.contexts[-1]
    parts = [
        f"{name} for {'the full ' if context == full else ''}{formats.context(context)}"
        for name, context in steps.items()
    ]
    yield f"{edge}; take {formats.listed(parts)}."


def _lighter_cache(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """How much further the same weights go with a quantized cache."""
    longest = chosen.largest_context(pair.holder)
    if chosen.engine != "llama.cpp" or longest == chosen.figures.context_max:
        return
    try:
        further = with_cache(chosen, LIGHT_CACHE).largest_context(pair.holder)
    except MemoryModelError:
        return
    if further > longest:
        whole = "all " if further == chosen.figures.context_max else ""
        yield (
            f"With a {LIGHT_CACHE} cache (-ctk {LIGHT_CACHE} -ctv {LIGHT_CACHE}) {chosen.quantization.name} reaches "
            f"{whole}{formats.tokens(further)} instead of {formats.number(longest)}."
        )


def _next_larger(pair: Pair, chosen: Candidate) -> Iterator[str]:
    """What the next larger quantization would have to leave in system memory, and what that costs."""
    if not pair.splits or chosen.native:
        return
    larger = [
        each
        for each in pair.found
        if each.asked and each.weights_device_bytes > chosen.weights_device_bytes and each.figures.offloads(each.engine)
    ]
    way = pair.way(larger[-1]) if larger else None
    speed = way and pair.split_speed(way)
    if way is None or not speed:
        return
    yield (
        f"{way.candidate.quantization.name}, the next larger, fits {pair.hardware} only with {way.keeps} in "
        f"system memory ({formats.gib(way.offload.host_bytes)}), which leaves {speed_text(speed)} tokens a second."
    )
