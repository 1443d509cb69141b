"""Which pages of a model search engines are asked to list: those that say more than another with other figures.

Hardly anybody searches for a context length, and most scenarios say what their neighbours say with other figures.
They are reachable and linked, but not listed. Models of one shape take the same memory, so that the pages of one stand
for those of all; so do the pages of a quantization for those that answer alike. Each engine keeps the longest context of
the quantization people ask about most; on the ladder of the site's default quantization also the steps at which the
answer is of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from generator.catalog import Device, Quantization
from generator.catalog.memory_class import MemoryClass
from generator.memory.kv_cache import TokenCache, caches
from generator.pages.facts import Facts, facts, largest_contexts
from generator.pages.hardware import HOME_SEGMENTS
from generator.scenarios import Atlas, Subject

APART = 3
"""Totals that are so many times apart lead to other hardware, unless one memory size holds both. Pages closer than
that, of one model in one engine, share more than four in five of their phrases."""

AS_LARGE, NEARLY, ABOUT = 0.02, 0.1, 0.5
"""Relative differences in memory, its bandwidth and arithmetic up to which the pages of two devices say the same."""

FARTHER = 1.5
"""A context so many times longer in the same memory is another answer."""

MIXING_ENGINE = "llama.cpp"
"""The engine whose quantizations are mixes of types, which their pages show tensor by tensor."""


class Reason(StrEnum):
    """How a scenario's answer differs in kind from that of the next smaller context."""

    LONGEST = "the model's longest context"
    CACHE = "the cache outweighs the weights for the first time"
    WINDOW = "the first context beyond a window"
    MEMORY_CLASS = "another memory class than the next smaller context"


def reason(atlas: Atlas, subject: Subject, quantization: Quantization, context: int) -> Reason | None:
    """Why a scenario is listed, None where it isn't."""
    chief = chief_quantizations(atlas, subject)
    if quantization not in chief or stand_in(atlas, subject) is not None:
        return None
    if context == subject.contexts[-1]:
        return Reason.LONGEST
    return _listed(subject, quantization).get(context) if quantization is chief[0] else None


def quantization_listed(atlas: Atlas, subject: Subject, quantization: Quantization) -> bool:
    """Whether a quantization's page is listed: if it is asked for, or answers otherwise than those beside it.

    Of models with the same figures only the pages of one are.
    """
    if stand_in(atlas, subject) is not None:
        return False
    return subject.is_common(quantization) or quantization in _other_answers(subject)


@lru_cache(maxsize=8)
def _other_answers(subject: Subject) -> tuple[Quantization, ...]:
    """Mixes that nobody asks for by name and that answer otherwise than those listed around them, largest first."""
    mixes = [each for each in subject.quantizations if subject.engine(each) == MIXING_ENGINE]
    common = [each for each in mixes if subject.is_common(each)]
    found: list[Quantization] = []
    for place, each in enumerate(mixes):
        if each in common:
            continue
        larger = [other for other in mixes[:place] if other in common or other in found]
        smaller = [other for other in mixes[place + 1 :] if other in common]
        if not any(answers_alike(subject, each, other) for other in (*larger[-1:], *smaller[:1])):
            found.append(each)
    return tuple(found)


def answers_alike(subject: Subject, one: Quantization, other: Quantization) -> bool:
    """Whether two quantizations fit the same memory sizes, with contexts of which none is ``FARTHER`` times the other."""
    reached = zip(largest_contexts(subject, one), largest_contexts(subject, other), strict=True)
    return all(
        bool(first) == bool(second) and max(first, second) < FARTHER * max(min(first, second), 1)
        for (_, first), (_, second) in reached
        if first or second
    )


@lru_cache(maxsize=8)
def stand_in(atlas: Atlas, subject: Subject) -> Subject | None:
    """The model whose pages are listed in place of this one's, as both take the same memory; None for most.

    A model that people ask about stands for itself, and for those that nobody asks about; without one, the model
    whose shape the others share does.
    """
    common = atlas.catalog.site.common_models
    if subject.model.slug in common:
        return None

    def rank(each: Subject) -> tuple[bool, bool, str]:
        return each.model.slug not in common, each.model.shape_of is not None, each.model.slug

    first = min((subject, *twins(atlas, subject)), key=rank)
    return None if first is subject else first


@lru_cache(maxsize=8)
def twins(atlas: Atlas, subject: Subject) -> tuple[Subject, ...]:
    """The other models with this one's shape, layers, caches and longest context, so that they take the same memory."""
    return tuple(map(atlas.subject, atlas.alike(subject.model.slug)))


def devices_apart(atlas: Atlas) -> frozenset[str]:
    """The devices whose own page is listed.

    Left out are those that nobody builds in at home or asks about and that say what another of their generation says:
    as much memory, read nearly as fast. Of such the newest is listed.
    """
    return atlas.once("devices apart", _devices_apart)


def _devices_apart(atlas: Atlas) -> frozenset[str]:
    catalog = atlas.catalog
    known = {*catalog.site.common_devices, *catalog.site.more_devices}
    found = [each for each in catalog.devices.values() if each.slug in known or each.segment in HOME_SEGMENTS]
    for device in sorted(catalog.devices.values(), key=lambda each: (each.release, each.slug), reverse=True):
        if device not in found and not any(_nearly(device, other) for other in found):
            found.append(device)
    return frozenset(device.slug for device in found)


def _nearly(device: Device, other: Device) -> bool:
    """Whether two devices of one generation hold as much, read it nearly as fast and compute about as fast."""
    own, its = device.bandwidth_gb_s or 0, other.bandwidth_gb_s or 0
    computes, other_computes = device.matrix_tflops, other.matrix_tflops
    return (
        device.generation == other.generation
        and device.unified_memory == other.unified_memory
        and abs(device.memory_bytes - other.memory_bytes) <= AS_LARGE * device.memory_bytes
        and abs(own - its) <= NEARLY * own
        and (not computes or not other_computes or abs(computes - other_computes) <= ABOUT * computes)
    )


def pair_listed(atlas: Atlas, subject: Subject, device: str) -> bool:
    """Whether people ask about a model on a device; of models with the same figures, about the newest.

    device : slug.
    """
    site = atlas.catalog.site
    if subject.model.slug not in site.common_models or device not in site.common_devices:
        return False
    own, rivals = subject.model, (each.model for each in twins(atlas, subject) if each.model.slug in site.common_models)
    return all((rival.release, rival.slug) < (own.release, own.slug) for rival in rivals)


@lru_cache(maxsize=8)
def chief_quantizations(atlas: Atlas, subject: Subject) -> tuple[Quantization, ...]:
    """For each engine that shows a model's pages, the quantization people ask about most."""
    site = atlas.catalog.site
    chief: dict[str, Quantization] = {}
    for slug in (site.default_quantization, *site.common_quantizations):
        quantization = atlas.catalog.quantizations.get(slug)
        if quantization and subject.offers(quantization):
            chief.setdefault(subject.engine(quantization), quantization)
    return tuple(chief.values())


@lru_cache(maxsize=16)
def _listed(subject: Subject, quantization: Quantization) -> dict[int, Reason]:
    """The listed contexts, from the longest down, each with its reason."""
    found: dict[int, Reason] = {}
    least = 0
    size: MemoryClass | None = None
    for step, why in _steps(subject, quantization):
        elsewhere = step.memory_class is None or step.memory_class != size
        if not found or (elsewhere and step.estimate.total_bytes * APART <= least):
            found[step.context] = why
            least, size = step.estimate.total_bytes, step.memory_class
    return found


def _steps(subject: Subject, quantization: Quantization) -> Iterator[tuple[Facts, Reason]]:
    """Contexts at which the kind of answer changes, from the longest down."""
    ladder = [facts(subject, quantization, context) for context in subject.contexts]
    yield ladder[-1], Reason.LONGEST
    for before, here in reversed(list(pairwise(ladder[:-1]))):
        why = _change(before, here)
        if why:
            yield here, why


def _change(before: Facts, here: Facts) -> Reason | None:
    """What is of another kind at a context than at the next smaller one."""
    if _outweighed(here) and not _outweighed(before):
        return Reason.CACHE
    if any(before.context <= window < here.context for window in windows(here.subject)):
        return Reason.WINDOW
    return Reason.MEMORY_CLASS if here.memory_class != before.memory_class else None


def _outweighed(found: Facts) -> bool:
    return found.estimate.kv_cache_bytes > found.estimate.weights_device_bytes


@lru_cache(maxsize=8)
def windows(subject: Subject) -> frozenset[int]:
    """Sizes of the windows and chunks that a model's caches end at, tokens."""
    if "windows_ignored" in subject.architecture.traits:
        return frozenset()
    kept = caches(subject.architecture)
    return frozenset(cache.window.tokens for cache in kept if isinstance(cache, TokenCache) and cache.window)
