"""What to make of a scenario, in a few sentences chosen by rules over the figures."""

from __future__ import annotations

from generator import formats
from generator.memory.profile import Component
from generator.pages.facts import Facts, facts
from generator.pages.parts.hardware import HOME_SEGMENTS
from generator.pages.parts.holders import a_named
from generator.pages.parts.system_memory import experts_kept
from generator.placement import Fit, Offload, Verdict

WORTH_A_WORD = 0.15
"""Part of the total from which on a cache, or what a longer context adds, is more than a trifle."""

STEP_TOKENS = 1024
"""What the growth of a cache is told for: 1K of context."""

MOST_AT_HOME = 4
"""Cards that a home computer has room for."""

JUST, HALF = 0.05, 0.5
"""Parts of a device: with less than the first to spare it holds a scenario only just; filled less than the second."""


def verdict(found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], ways: tuple[tuple[str, Offload], ...]) -> str:
    """What the need consists of, and the least hardware for it."""
    return f"{_driver(found)} {_least_hardware(found, fits, groups, ways)}"


def _driver(found: Facts) -> str:
    """Whether weights or cache decide, and what a longer context adds."""
    total = found.estimate.total_bytes
    share = found.cache_bytes / total
    growth = _growth_bytes(found)
    step = f"{formats.size(growth)} for each {formats.context(STEP_TOKENS)}"
    if found.cache_bytes > found.estimate.weights_device_bytes:
        return f"The context decides: the cache is {formats.percent(share)} of the total" + (
            f", {step} of context." if growth else "."
        )
    if share > WORTH_A_WORD and growth:
        return f"Weights come first, but {formats.percent(share)} of the total is cache, {step} of context."
    longest = facts(found.subject, found.quantization, found.subject.contexts[-1])
    if longest is found:
        kept = formats.size(found.cache_bytes)
        return (
            f"The weights decide even at the full {found.context_text}: what the model keeps of it is {kept}, "
            f"{formats.percent(share)} of the total."
        )
    added = longest.estimate.total_bytes - total
    if not found.estimate.kv_cache_bytes:
        return f"The weights decide, and it takes the same at {longest.context_text}: its state never grows."
    more = f"the full {longest.context_text} adds {formats.size(added)}"
    if added > total:
        return f"At {found.context_text} the weights decide; {more}, {formats.times(added / total)} this total."
    if added > WORTH_A_WORD * total:
        return f"At {found.context_text} the weights decide; {more}, {formats.percent(added / total)} of this total."
    return f"The weights decide at any context: {more} to this total, {formats.percent(added / total)}."


def _growth_bytes(found: Facts) -> int:
    """What the last ``STEP_TOKENS`` of the context added to the cache."""
    held = found.estimator.memory.held_profile
    before, here = (held.size(each, Component.KV_CACHE) for each in (found.context - STEP_TOKENS, found.context))
    return here - before


def _least_hardware(
    found: Facts, fits: tuple[Fit, ...], groups: tuple[Fit, ...], ways: tuple[tuple[str, Offload], ...]
) -> str:
    sure = [fit for fit in fits if fit.verdict is Verdict.FITS]
    offload = next((way for _, way in ways if way.expert_blocks and way.device.segment in HOME_SEGMENTS), None)
    home = next((fit for fit in sure if fit.device.segment in HOME_SEGMENTS), None)
    if home:
        return _at_home(found, home, sure[0], groups, offload)
    several = [each for each in groups if each.device.segment in HOME_SEGMENTS and each.count <= MOST_AT_HOME]
    if sure:
        first = f"No single device for a home computer holds it; the {sure[0].device.name} is the first that does."
        return first + (f" {_group((several or groups)[0])} share it instead." if groups else "")
    if offload:
        return (
            f"No single device holds it whole, but with {experts_kept(found.estimator, offload)} in system memory "
            f"{a_named(offload.device)} and {formats.size(offload.host_bytes)} of RAM do."
        )
    relief = "a shorter context" if found.cache_bytes > found.estimate.total_bytes / 2 else "a smaller quantization"
    if groups:
        return f"Plan for {_group(groups[0])} or more, or for {relief}."
    return f"Nothing in our list holds it; choose {relief}."


def _at_home(found: Facts, fit: Fit, smallest: Fit, groups: tuple[Fit, ...], offload: Offload | None) -> str:
    """The least device that people have at home, which may be more than the smallest that holds it.

    Where that is no card, two cards too.
    """
    name, spare = fit.device.name, formats.gib(fit.headroom_bytes)
    pair = next((each for each in groups if each.count == 2 and each.device.segment in HOME_SEGMENTS), None)
    if pair and fit.device.unified_memory:
        first = f"At home it takes {_group(pair)} or {a_named(fit.device)}."
    elif fit is not smallest:
        first = f"At home it takes {a_named(fit.device)}."
    elif fit.headroom_bytes < JUST * fit.device.memory_bytes:
        also = "other programs" if fit.device.unified_memory else "a desktop drawn by the card"
        first = f"One {name} holds it only just: {spare} stay free, and {also} may take them."
    elif fit.used_bytes < HALF * fit.device.memory_bytes:
        first = f"One {name} is enough and stays more than half empty."
    else:
        first = f"One {name} is enough."
    if offload is None or offload.capacity_bytes >= fit.capacity_bytes:
        return first
    ram, kept = formats.size(offload.host_bytes), experts_kept(found.estimator, offload)
    return f"{first} With {kept} in {ram} of system memory, even {a_named(offload.device)} does."


def _group(fit: Fit) -> str:
    return f"{fit.count} × {fit.device.name}"
