"""Which pages search engines are asked to list: those that say more than another with other figures.

The others are reachable and linked. Models of one shape take the same memory, so that the pages of one stand for those
of all; so do the pages of a quantization for those that answer alike. Scenarios are chosen in ``listed_scenarios``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from generator.catalog import Device, Quantization
from generator.catalog.generation import Generation
from generator.pages.facts import largest_contexts
from generator.pages.parts.hardware import HOME_SEGMENTS
from generator.scenarios import Atlas, Subject

AS_LARGE, NEARLY, ABOUT, ABOUT_AS_MUCH = 0.02, 0.1, 0.5, 0.15
"""Relative differences in memory, its bandwidth and arithmetic up to which the pages of two devices say the same; the
last in arithmetic of devices at home."""

FARTHER = 1.5
"""A context so many times longer in the same memory is another answer."""

MIXING_ENGINE = "llama.cpp"
"""The engine whose quantizations are mixes of types, which their pages show tensor by tensor."""


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

    Left out are those that nobody asks about and that say what another of their generation says: as much memory, read
    nearly as fast; of those that people have at home only what tells neither power nor price apart. Of such the newest
    is listed.
    """
    return atlas.once("devices apart", _devices_apart)


def _devices_apart(atlas: Atlas) -> frozenset[str]:
    catalog = atlas.catalog
    known = {*catalog.site.common_devices, *catalog.site.more_devices}
    newest = sorted(catalog.devices.values(), key=lambda each: (each.release, each.slug), reverse=True)
    found: dict[Generation, list[Device]] = defaultdict(list)
    for device in newest:
        if device.slug in known:
            found[device.generation].append(device)
    at_home = [device for device in newest if device.slug not in known and device.segment in HOME_SEGMENTS]
    others = [device for device in newest if device.slug not in known and device.segment not in HOME_SEGMENTS]
    for devices, alike in ((at_home, _but_for_the_name), (others, _nearly)):
        for device in devices:
            if not any(alike(device, other) for other in found[device.generation]):
                found[device.generation].append(device)
    return frozenset(device.slug for devices in found.values() for device in devices)


def _nearly(device: Device, other: Device) -> bool:
    """Whether two devices of one generation hold as much, read it nearly as fast and compute about as fast."""
    own, its = device.bandwidth_gb_s or 0, other.bandwidth_gb_s or 0
    computes, other_computes = device.matrix_tflops, other.matrix_tflops
    return (
        device.unified_memory == other.unified_memory
        and abs(device.memory_bytes - other.memory_bytes) <= AS_LARGE * device.memory_bytes
        and abs(own - its) <= NEARLY * own
        and (not computes or not other_computes or abs(computes - other_computes) <= ABOUT * computes)
    )


def _but_for_the_name(device: Device, other: Device) -> bool:
    """Whether two devices of one generation, nearly alike, draw the same power and no price tells them apart."""
    return (
        _nearly(device, other)
        and device.tdp_w == other.tdp_w
        and abs((device.matrix_tflops or 0) - (other.matrix_tflops or 0)) <= ABOUT_AS_MUCH * (device.matrix_tflops or 0)
        and device.price_usd is None
        and other.price_usd is None
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
