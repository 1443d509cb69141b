"""Questions about fitting that each scenario answers with its own figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator import formats
from generator.catalog import Device
from generator.catalog.memory_class import MemoryClass
from generator.pages.facts import Facts, common_by_size, facts_by_size, largest_contexts
from generator.pages.page import Question
from generator.pages.parts.advice import a_cache, a_device, with_quantized_cache
from generator.pages.parts.hardware import TOGETHER
from generator.placement import Fit, Verdict, together
from generator.scenarios import GGUF_ENGINE, Subject

ASKED_GB = (8, 12, 16, 24, 32, 48)
"""Memory sizes that people ask about, as marketed."""
LITTLE = 0.02
"""Part of the total below which a quantized cache saves too little to change anything."""
MOST_SMALLER = 3
"""Too small sizes for which it is told what would fit."""


def fitting_questions(
    found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], small: tuple[Device, ...]
) -> tuple[Question, ...]:
    """Whether it fits, how far, and what helps, each answer opening with the answer.

    small : common cards that don't hold it alone, smallest first.
    """
    made = (
        _which_sizes(found, fits, groups),
        _quantized_cache(found),
        _two_cards(found, fits, groups, small),
    )
    return tuple(question for question in made if question)


def one_scenario_questions(
    found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], small: tuple[Device, ...]
) -> tuple[Question, ...]:
    """Of those the ones about one context, for pages whose tables show the others."""
    made = (_which_sizes(found, fits, groups), _two_cards(found, fits, groups, small))
    return tuple(question for question in made if question)


def _names(sizes: tuple[MemoryClass, ...], last: str = "and") -> str:
    """``8, 12 and 16 GB``, or with another word before the last."""
    largest = formats.memory_class(sizes[-1].gb)
    return formats.listed([*(formats.number(each.gb) for each in sizes[:-1]), largest], last)


def _which_sizes(found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...]) -> Question | None:
    asked, in_words = _asked(found.memory_classes)
    if not asked:
        return None
    middle, high = found.estimate.total_bytes, found.estimate.total_high_bytes
    held = tuple(each for each in asked if high <= each.capacity_bytes)
    tight = tuple(each for each in asked if middle <= each.capacity_bytes < high)
    small = tuple(each for each in asked if each.capacity_bytes < middle)
    if not small and not tight:
        answer = [f"Yes, in each of these: it takes {formats.size(high)} at most.", *_full_context_everywhere(found)]
    elif held:
        answer = [f"In {_names(held)}, yes" + (f"; not in {_names(small)}." if small else ".")]
    else:
        answer = [f"In none of these for sure: it takes {found.total_text}. {_first_that_holds(found, fits, groups)}"]
    if tight:
        verb = "is" if len(tight) == 1 else "are"
        answer.append(f"{_names(tight)} {verb} tight: the middle of the range fits, its high end doesn't.")
    answer += _what_would(found, small[-MOST_SMALLER:])
    question = f"Does {found.name} at {found.quantization.name} with {found.context_text} context fit in {in_words}?"
    return Question(question, " ".join(answer))


@lru_cache(maxsize=16)
def _asked(sizes: tuple[MemoryClass, ...]) -> tuple[tuple[MemoryClass, ...], str]:
    """Those of an engine's memory sizes that people ask about, and the same in words."""
    asked = tuple(each for each in sizes if each.gb in ASKED_GB)
    return asked, _names(asked, "or") if asked else ""


def _first_that_holds(found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...]) -> str:
    """The least hardware beyond the sizes that people ask about."""
    size, alone = found.memory_class, next((fit for fit in fits if fit.verdict is Verdict.FITS), None)
    if alone and (size is None or alone.device.memory_gb_marketed < size.gb):
        cards = "The" if size else "No card does; the"
        return f"{cards} {alone.device.name} holds it."
    if size:
        return f"{formats.memory_class(size.gb)} is the first size that holds it."
    if groups:
        return f"No single device does; {groups[0].count} × {groups[0].device.name} hold it together."
    return "Nothing in our list holds it."


def _what_would(found: Facts, small: tuple[MemoryClass, ...]) -> Iterator[str]:
    """For sizes that are too small, the quantized cache and the quantization that they hold at this context.

    Where neither helps, the longest context that they hold.
    """
    parts = []
    for size in reversed(small):
        gb = formats.memory_class(size.gb)
        ways = [*_lighter_cache(found, size), *_fewer_bits(found, size)]
        longest = found.longest_in(size)
        if ways:
            parts.append(f"with {gb}, take {' or '.join(ways)}")
        elif longest:
            parts.append(f"with {gb}, stay below {formats.tokens(longest)}")
    if parts:
        yield f"{formats.capitalized('; '.join(parts))}."


def _lighter_cache(found: Facts, size: MemoryClass) -> Iterator[str]:
    """The first quantized cache with which a size holds the scenario."""
    for kv_type, stored in with_quantized_cache(found):
        if stored.total_high_bytes <= size.capacity_bytes:
            yield f"{a_cache(kv_type)} ({formats.gib(stored.total_bytes)})"
            return


def _fewer_bits(found: Facts, size: MemoryClass) -> Iterator[str]:
    """The largest quantization of those people ask about that a size holds, in llama.cpp where the engine has none.

    size : one that doesn't hold the scenario's own.
    """
    asked = common_by_size(found.subject, found.engine, found.context)
    in_gguf = () if found.engine == GGUF_ENGINE else advised_gguf(found.subject, found.context)
    for other in (*asked, *in_gguf):
        if other.estimate.total_high_bytes <= size.capacity_bytes:
            where = "" if other.engine == found.engine else f" in {other.engine_name}"
            yield f"{other.quantization.name}{where} ({formats.gib(other.estimate.total_bytes)})"
            return


@lru_cache(maxsize=16)
def advised_gguf(subject: Subject, context: int) -> tuple[Facts, ...]:
    """A context in llama.cpp: at the published form where there is one, then at those that people ask about."""
    found = facts_by_size(subject, GGUF_ENGINE, context)
    published = [each for each in found if subject.is_published(each.quantization)]
    return (*published, *(each for each in found if each not in published and subject.is_common(each.quantization)))


def _full_context_everywhere(found: Facts) -> Iterator[str]:
    """That even the smallest size holds the full context, where the scenario has less."""
    longest = found.subject.contexts[-1]
    if not _limited(found) and found.context < longest:
        smallest = formats.memory_class(found.memory_classes[0].gb)
        yield f"Even {smallest} hold the full {formats.context(longest)} at {found.quantization.name}."


def _limited(found: Facts) -> bool:
    """Whether some memory size can't hold the model's full context."""
    return any(
        longest < found.subject.contexts[-1] for _, longest in largest_contexts(found.subject, found.quantization)
    )


def _quantized_cache(found: Facts) -> Question | None:
    stored = with_quantized_cache(found)
    if not stored:
        return None
    question = f"What does quantizing the KV cache of {found.name} save at {found.context_text}?"
    total, cache = found.estimate.total_bytes, found.estimate.kv_cache_bytes
    savings = [f"{formats.size(total - each.total_bytes)} with {kv_type}" for kv_type, each in stored]
    if total - stored[-1][1].total_bytes < LITTLE * total:
        return Question(question, f"Little: {formats.listed(savings)}, of {formats.size(total)} in all.")
    answer = [f"{formats.listed(savings)}, of {formats.size(cache)} in 16 bits."]
    smallest = stored[-1][1]
    reached = found.class_for(smallest.total_high_bytes)
    if reached is None:
        largest = formats.memory_class(found.memory_classes[-1].gb)
        answer.append(
            f"Even so it takes {formats.size(smallest.total_bytes)}, more than any size up to {largest} holds."
        )
    elif reached == found.memory_class:
        answer.append(f"The total stays within what takes {a_device(reached)}.")
    else:
        answer.append(f"That brings the total to {formats.size(smallest.total_bytes)}, which fits {a_device(reached)}.")
    return Question(question, " ".join(answer))


def _two_cards(
    found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], small: tuple[Device, ...]
) -> Question | None:
    """Whether two cards, each too small alone, hold it."""
    if not small:
        return None
    pair = next((fit for fit in groups if fit.count == 2), None)
    if pair is None and not groups:
        tried = together(found.estimator, found.context, small[-1], 2, found.band.error)
        pair = tried if tried.verdict is Verdict.FITS else None
    single = next((fit.device.name for fit in fits if fit.verdict is Verdict.FITS), None)
    how = "each layer cut in two" if found.engine in TOGETHER else "the layers split between them"
    if pair:
        answer = (
            f"Yes: 2 × {pair.device.name} hold it with {how}, {formats.gib(pair.used_bytes)} on the fuller one, as each "
            "has buffers and a driver of its own."
        )
    elif groups:
        first = groups[0]
        answer = (
            f"Not two: it takes {first.count} × {first.device.name}, the fullest of which holds "
            f"{formats.gib(first.used_bytes)}."
        )
    elif single:
        answer = f"No: two {small[-1].name} don't hold it either, so take one that does, the {single} at least."
    else:
        answer = "No, and no number of cards up to sixteen does."
    return Question(f"Would two smaller cards do for {found.name} instead of one?", answer)
