"""What a quantization does to one model, in sentences chosen by rules over the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import takewhile
from math import inf

from generator import formats
from generator.catalog import Catalog, Device
from generator.memory.gguf_recipes import MIXES, Category
from generator.memory.layers import RECURRENT
from generator.memory.profile import Component
from generator.memory.quantization import FALLBACKS, block_format
from generator.memory.recipe import StoredPart, indivisible_share, stored_parts
from generator.memory.search import largest_fitting
from generator.memory.work import token_reads
from generator.pages.facts import Facts, facts_by_size, largest_contexts
from generator.pages.parts.hardware import common_devices
from generator.pages.parts.holders import short_name
from generator.placement.speed import decode_speed
from generator.scenarios import GGUF_ENGINE

LEAST_SHARE = 0.02
"""Part of the weights from which on a part of the model is named."""

MOST_CARDS = 2
"""Cards named with what a step up or down changes on them."""

MATRICES = {
    Category.OUTPUT: "output matrix",
    Category.TOKEN_EMBEDDING: "token embedding",
    Category.ATTENTION_V: "value projections",
    Category.ATTENTION_K: "key projections",
    Category.ATTENTION_Q: "query projections",
    Category.ATTENTION_OUTPUT: "attention outputs",
    Category.FFN_UP: "up projections",
    Category.FFN_GATE: "gate projections",
    Category.FFN_DOWN: "down projections",
    Category.OTHER: "other matrices",
}


PARTS = {
    "output head, tied to the embedding": "the embedding once more as output head",
}
"""Labels of the engines' terms that read badly in a list."""

REST = "attention layers, norms and other tensors"
"""The label of all that is neither feed-forward nor embedding, whatever the layers are."""


def effects(found: Facts) -> tuple[str, ...]:
    """Which types its tensors get, which parts the bytes go to, when the cache outweighs them."""
    sentences: list[str] = []
    if found.engine == GGUF_ENGINE and found.quantization.name in MIXES:
        sentences += _types(found)
        sentences += _indivisible(found)
    sentences += _parts(found)
    sentences += _crossover(found)
    return tuple(sentences)


def _types(found: Facts) -> Iterator[str]:
    """The type that most bytes have, and what has another."""
    architecture, name = found.subject.architecture, found.quantization.name
    parts = [part for part in stored_parts(architecture, name) if part.kind]
    sizes: dict[str, int] = defaultdict(int)
    for part in parts:
        sizes[part.type] += part.size_bytes
    main = max(sizes, key=lambda each: sizes[each])
    if len(sizes) == 1:
        yield f"Every matrix of {found.name} is {main.upper()} here; norms and other small tensors stay in F32."
        return
    by_type: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        if part.type != main:
            by_type[part.type].append(_matrices(part, parts, architecture.num_layers))
    listed = [
        f"{kind.upper()} for {formats.listed(matrices)}"
        for kind, matrices in sorted(by_type.items(), key=lambda item: -block_format(item[0]).bits_per_weight)
    ]
    share = formats.percent(sizes[main] / sum(sizes.values()))
    yield f"{share} of the bytes of {found.name} are {main.upper()}; the quantizer takes {'; '.join(listed)}."


def _matrices(part: StoredPart, parts: list[StoredPart], layers: int) -> str:
    """``down projections in 16 of 32 layers``; ``some`` where others of them in the same layers have another type."""
    assert part.kind is not None
    name = MATRICES[part.kind]
    if not part.layers:
        return f"the {name}"
    alike = (other for other in parts if other is not part and other.kind is part.kind)
    partly = any(not set(part.layers).isdisjoint(other.layers) for other in alike)
    if len(part.layers) == layers:
        return f"some {name} in all layers" if partly else f"all {name}"
    return f"{'some ' if partly else ''}{name} in {len(part.layers)} of {layers} layers"


def _indivisible(found: Facts) -> Iterator[str]:
    """What rows that are no whole number of blocks cost."""
    default = block_format(MIXES[found.quantization.name].default)
    share = indivisible_share(found.subject.architecture, found.quantization.name)
    if not share or not default.quantized:
        return
    instead = FALLBACKS.get(default.name, "f16")
    bits = formats.bits(block_format(instead).bits_per_weight)
    yield (
        f"{formats.percent(share)} of its weights lie in rows that are no whole number of "
        f"{formats.number(default.block_elements)}; where {default.name.upper()} was wanted they are "
        f"{instead.upper()}, {bits} bits instead of {formats.bits(default.bits_per_weight)}."
    )


def _parts(found: Facts) -> Iterator[str]:
    """Where the bytes are, largest part first, and of a mixture of experts how many a token reads."""
    sizes: dict[str, int] = defaultdict(int)
    for term in found.estimator.memory.held:
        if term.component is Component.WEIGHTS:
            sizes[term.label] += term.fixed_bytes
    total = sum(sizes.values())
    parts = {**PARTS, REST: f"{_mixers(found)} and small tensors"}
    named = [
        f"{formats.percent(size / total)} {parts.get(label, label)}"
        for label, size in sorted(sizes.items(), key=lambda item: -item[1])
        if size >= LEAST_SHARE * total
    ]
    yield f"What {found.name} loads at {found.quantization.name} is {formats.listed(named)}."
    reads = token_reads(found.estimator, found.context)
    if reads.experts_bytes:
        read = reads.weights_bytes + reads.experts_bytes
        yield (
            f"A token of {found.name} reads {formats.size(int(read))} of it, "
            f"{formats.percent(read / found.estimate.weights_bytes)}, as the router picks a few experts in each layer."
        )


def _mixers(found: Facts) -> str:
    """``attention``, ``recurrent layers``, or both."""
    kinds = {isinstance(mixer, RECURRENT) for layer in found.subject.architecture.layers for mixer in layer.mixers}
    if kinds == {True}:
        return "recurrent layers"
    return "attention, recurrent layers" if True in kinds else "attention"


def _crossover(found: Facts) -> Iterator[str]:
    """The context from which on the cache is larger than the weights on the device."""
    subject, weights = found.subject, found.estimate.weights_device_bytes
    longest = subject.model.context_max
    whole = _kept(found, longest)
    if not whole or not found.estimate.kv_cache_bytes:
        return
    if whole <= weights:
        yield (
            f"Past tokens never outweigh the weights of {found.name} at {found.quantization.name}: all "
            f"{formats.context(longest)} take {formats.size(whole)}, {formats.percent(whole / weights)} as much."
        )
        return
    last = largest_fitting(lambda context: _kept(found, context), weights, (0, 0), (longest, whole))
    at = f"{found.name} at {found.quantization.name}"
    yield f"From {formats.tokens(last + 1)} on, what {at} keeps for past tokens is larger than its weights."


def _kept(found: Facts, context: int) -> int:
    """Cache and state, bytes."""
    held = found.estimator.memory.held_profile
    return held.size(context, Component.KV_CACHE) + held.size(context, Component.RECURRENT_STATE)


def steps(catalog: Catalog, found: Facts) -> tuple[str, ...]:
    """What the next larger and the next smaller of the quantizations people ask about change, and on which cards."""
    near = ((which, _next(found, larger)) for which, larger in (("larger", True), ("smaller", False)))
    return tuple(_step(catalog, found, other, which) for which, other in near if other is not None)


def _next(found: Facts, larger: bool) -> Facts | None:
    """The nearest quantization of the same engine by weights; one that people ask about where there is one."""
    subject, own = found.subject, found.estimate.weights_bytes
    same = ((each, each.estimate.weights_bytes - own) for each in facts_by_size(subject, found.engine, found.context))
    beyond = [(abs(more), each) for each, more in same if (more > 0 if larger else more < 0)]
    asked = [(distance, each) for distance, each in beyond if subject.is_common(each.quantization)]
    return min(asked or beyond, key=lambda each: each[0], default=(0, None))[1]


def _step(catalog: Catalog, found: Facts, other: Facts, which: str) -> str:
    difference = other.estimate.weights_bytes - found.estimate.weights_bytes
    amount = f"{formats.size(abs(difference))} {'more' if difference > 0 else 'less'}"
    first = (
        f"The next {which}, {other.quantization.name}, takes {amount} for the weights of {found.name}"
        f"{_slower(catalog, found, other)}"
    )
    own, its = found.memory_text, other.memory_text
    first += f" and at {found.context_text} "
    first += f"still needs {own}" if its == own else f"needs {its} instead of {own}"
    return f"{first}{''.join(f'; {change}' for change in _changes(catalog, found, other))}."


def _slower(catalog: Catalog, found: Facts, other: Facts) -> str:
    """By how much more or less a token reads, and so how much slower or faster it comes.

    Nothing where both come faster than any measured run even on the first device that holds them.
    """
    first = next((d for d in named_cards(catalog, found).values() if _holds_on(found, d)), None)
    speed = first and decode_speed(found.estimator, found.context, first, catalog.efficiency_groups)
    if speed and speed.beyond_measured:
        return ""
    own, its = (token_reads(each.estimator, each.context).total_bytes for each in (found, other))
    change = own / its - 1
    if abs(change) < LEAST_SHARE:
        return ""
    return f", answers {formats.percent(abs(change))} {'faster' if change > 0 else 'slower'}"


def _changes(catalog: Catalog, found: Facts, other: Facts) -> Iterator[str]:
    """What becomes of the largest context on cards: where one of the two doesn't fit at all, then where both do."""
    lost, gained, moved = [], [], []
    cards = named_cards(catalog, found)
    for card, here, there in zip(cards.values(), _reaches(found, cards), _reaches(other, cards), strict=True):
        name = f"the {short_name(card)}"
        if here and not there:
            lost.append(name)
        elif there and not here:
            gained.append(f"{formats.tokens(there)} on {name}")
        elif here != there:
            moved.append(f"from {formats.number(here)} to {formats.number(there)} tokens on {name}")
    if lost:
        yield f"it no longer fits {formats.listed(lost[-MOST_CARDS:])}"
    if gained:
        yield f"it adds {formats.listed(gained[:MOST_CARDS])}"
    if moved:
        yield f"the largest context goes {formats.listed(moved[:MOST_CARDS])}"


def _reaches(found: Facts, cards: Mapping[int, Device]) -> Iterator[int]:
    """The largest contexts, tokens, in memory of the cards' sizes, as other tables of the page have them."""
    known = {size.gb: longest for size, longest in largest_contexts(found.subject, found.quantization)}
    for gigabytes, card in cards.items():
        reach = known.get(gigabytes)
        yield found.subject.largest_context(found.quantization, card.memory_bytes) if reach is None else reach


def named_cards(catalog: Catalog, found: Facts) -> dict[int, Device]:
    """For each memory size, in GB as sold, the tightest common device whose runtime the figures count."""
    return _of_maker(common_devices(catalog, found.engine, found.quantization), found.subject.vendor(found.engine))


def devices_by_size(catalog: Catalog, found: Facts) -> dict[int, Device]:
    """For each memory size the same, or where there is none the tightest of another maker."""
    return _by_size(common_devices(catalog, found.engine, found.quantization), found.subject.vendor(found.engine))


@lru_cache(maxsize=64)
def _of_maker(devices: tuple[Device, ...], maker: str) -> dict[int, Device]:
    return {size: device for size, device in _by_size(devices, maker).items() if device.vendor == maker}


@lru_cache(maxsize=64)
def _by_size(devices: tuple[Device, ...], maker: str) -> dict[int, Device]:
    cards: dict[int, Device] = {}
    for device in sorted(devices, key=lambda each: (each.vendor != maker, each.unified_memory, each.memory_bytes)):
        cards.setdefault(int(device.memory_gb_marketed), device)
    return dict(sorted(cards.items()))


def best_on(catalog: Catalog, found: Facts) -> Iterator[str]:
    """The cards on which this is the largest quantization of its engine that surely holds the context."""
    same = facts_by_size(found.subject, found.engine, found.context)
    larger = takewhile(lambda each: each.quantization is not found.quantization, same)
    too_much = min((each.estimate.total_high_bytes for each in larger), default=inf)
    cards = (card for card in named_cards(catalog, found).values() if _holds_on(found, card))
    names = [f"the {short_name(card)}" for card in cards if card.memory_bytes < too_much]
    if names:
        listed = formats.some_listed(names, MOST_CARDS, "larger ones")
        yield (
            f"It is the largest quantization that {found.engine_name} gets onto {listed} with {found.context_text} of "
            "context."
        )


def _holds_on(found: Facts, card: Device) -> bool:
    return found.estimate.total_high_bytes <= card.memory_bytes
