"""What to set so that one model does more on one device: context, bits, cache type, a part in system memory."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats
from generator.catalog import Catalog
from generator.memory.errors import MemoryModelError
from generator.pages.on_device.tables import worth_a_look
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section
from generator.pages.parts.speeds import offloaded_speed, speed_text
from generator.pages.parts.system_memory import system_memory_way
from generator.placement import Verdict
from generator.placement.holding import Candidate, Holder, best, with_cache
from generator.scenarios import Subject

LIGHT_CACHE = "q8_0"
"""The cache type whose reach is told beside the full cache's."""


def settings(catalog: Catalog, subject: Subject, holder: Holder, found: tuple[Candidate, ...]) -> Iterator[Section]:
    """Which bits for which context, what a lighter cache gives, and what the next larger weights would cost."""
    chosen = best(catalog, subject, holder)
    if chosen is None:
        return
    sentences = (
        *_bits_for_contexts(subject, chosen, holder, found),
        *_lighter_cache(chosen, holder),
        *_next_larger(catalog, chosen, holder, found),
    )
    if sentences:
        yield Section("settings", "What to set", sentences)


def _bits_for_contexts(
    subject: Subject, chosen: Candidate, holder: Holder, found: tuple[Candidate, ...]
) -> Iterator[str]:
    """Where the best stops fitting, and the most bits for each longer context."""
    longest = chosen.largest_context(holder)
    beyond = [context for context in subject.contexts if context > longest]
    if not beyond:
        return
    smaller = [each for each in worth_a_look(found) if each.weights_device_bytes < chosen.weights_device_bytes]
    steps: dict[str, int] = {}
    for context in beyond:
        fits = (each for each in smaller if each.fit(holder, context).verdict is Verdict.FITS)
        most = next(fits, None)
        if most is None:
            break
        steps[most.quantization.name] = context
    edge = f"{chosen.quantization.name} stops fitting beyond {formats.tokens(longest)}"
    if not steps:
        yield f"{edge}, and no smaller quantization that people ask about holds {formats.context(beyond[0])}."
        return
    full = subject.contexts[-1]
    parts = [
        f"{name} for {'the full ' if context == full else ''}{formats.context(context)}"
        for name, context in steps.items()
    ]
    yield f"{edge}; take {formats.listed(parts)}."


def _lighter_cache(chosen: Candidate, holder: Holder) -> Iterator[str]:
    """How much further the same weights go with a quantized cache."""
    longest = chosen.largest_context(holder)
    if chosen.engine != "llama.cpp" or longest == chosen.figures.context_max:
        return
    try:
        further = with_cache(chosen, LIGHT_CACHE).largest_context(holder)
    except MemoryModelError:
        return
    if further > longest:
        whole = "all " if further == chosen.figures.context_max else ""
        yield (
            f"With a {LIGHT_CACHE} cache (-ctk {LIGHT_CACHE} -ctv {LIGHT_CACHE}) {chosen.quantization.name} reaches "
            f"{whole}{formats.tokens(further)} instead of {formats.number(longest)}."
        )


def _next_larger(catalog: Catalog, chosen: Candidate, holder: Holder, found: tuple[Candidate, ...]) -> Iterator[str]:
    """What the next larger quantization would have to leave in system memory, and what that costs."""
    if holder.count > 1 or holder.device.unified_memory or chosen.native:
        return
    larger = [
        each
        for each in found
        if each.asked and each.weights_device_bytes > chosen.weights_device_bytes and each.figures.offloads(each.engine)
    ]
    if not larger:
        return
    step = larger[-1]
    way = system_memory_way(step, holder.device)
    speed = way and offloaded_speed(catalog, step, way[1])
    if way is None or not speed:
        return
    yield (
        f"{step.quantization.name}, the next larger, fits {words.with_article(holder)} only with {way[0]} in "
        f"system memory ({formats.gib(way[1].host_bytes)}), which leaves {speed_text(speed)} tokens a second."
    )
