"""Which pages of a model search engines are asked to list: those that say more than another with other figures.

Hardly anybody searches for a context length, and most scenarios say what their neighbours say with other figures.
They are reachable and linked, but not listed. Each engine keeps the longest context of the quantization people ask
about most; on the ladder of the site's default quantization also the steps at which the answer is of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from generator.catalog import Catalog, Device, Model, Quantization
from generator.memory.kv_cache import TokenCache, caches
from generator.pages.facts import Facts, facts
from generator.scenarios import Atlas, Subject

APART = 3
"""Totals that are so many times apart lead to other hardware. Pages closer than that, of one model in one engine,
share more than four in five of their phrases."""

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
    if quantization not in chief or same_figures(atlas, subject.model):
        return None
    if context == subject.contexts[-1]:
        return Reason.LONGEST
    return _listed(subject, quantization).get(context) if quantization is chief[0] else None


def quantization_listed(atlas: Atlas, subject: Subject, quantization: Quantization) -> bool:
    """Whether a quantization's page is listed: if it is asked for, or tells which types a mix gives its tensors."""
    return quantization in subject.common_quantizations or subject.engine(quantization) == MIXING_ENGINE


def listed_devices(catalog: Catalog) -> frozenset[str]:
    """Of the common devices those whose page of one model is listed: of each memory size the one that reads fastest."""
    fastest: dict[tuple[float, bool], Device] = {}
    for device in (catalog.devices[slug] for slug in catalog.site.common_devices):
        key = (device.memory_gb_marketed, device.unified_memory)
        if key not in fastest or (device.bandwidth_gb_s or 0) > (fastest[key].bandwidth_gb_s or 0):
            fastest[key] = device
    return frozenset(device.slug for device in fastest.values())


def same_figures(atlas: Atlas, model: Model) -> bool:
    """Whether a model's scenarios repeat those of another: a variant with that one's shape and longest context."""
    shape = atlas.catalog.models[model.shape_of] if model.shape_of else None
    return shape is not None and (shape.context_max, shape.config) == (model.context_max, model.config)


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
    for step, why in _steps(subject, quantization):
        if not found or step.estimate.total_bytes * APART <= least:
            found[step.context] = why
            least = step.estimate.total_bytes
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
