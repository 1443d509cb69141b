"""How a device differs from its peers, in sentences: what it reads, computes, runs, reaches, draws and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from generator import formats
from generator.catalog import Catalog, Device
from generator.catalog.generation import Generation
from generator.pages.devices.outlines import Outline
from generator.pages.devices.peers import NEAREST, known, of_another, rate
from generator.pages.parts import holders as words
from generator.pages.parts.holders import LINKS, short_name
from generator.scenarios import Atlas

ALIKE = 0.005
"""Relative difference below which two rates count as equal."""

EQUAL = "as fast"

AS_FAST = 0.03
"""Relative difference in bandwidth up to which two devices give the same tokens a second."""

MOST_FORMATS = 4
"""Quantizations named that one device runs and another doesn't."""


def sentences(atlas: Atlas, device: Device, others: tuple[Outline, ...], shown: tuple[Device, ...]) -> Iterator[str]:
    """All that is said of a device beside the peers that are ``shown`` of all the ``others``."""
    if device.bandwidth_gb_s is not None and others:
        yield _bandwidth(device, others, shown)
        yield from _equals(atlas.catalog, device, others)
    yield from chain(_compute(device, shown), _formats(atlas, device, shown), _links(device, shown))
    yield from chain(_power(device, shown), _price(device, shown))


def _bandwidth(device: Device, others: tuple[Outline, ...], shown: tuple[Device, ...]) -> str:
    """Its place among its peers, and how far the nearest ones are."""
    own = rate(device)
    faster = sum(rate(other) > own for other in others)
    count = f"{len(others) + 1} devices that hold as much"
    place = "most" if not faster else "least" if faster == len(others) else f"{_ordinal(faster + 1)} most"
    compared = [_against(own, rate(other), short_name(other)) for other in shown]
    return (
        f"Of {count}, it has the {place} memory bandwidth, {formats.bandwidth(own)} of {device.memory_type}, and "
        f"tokens come as fast as memory is read: {formats.listed(compared)}."
    )


def _against(own: float, other: float, name: str) -> str:
    how = faster(own, other)
    return f"{how} {'as' if how == EQUAL else 'than'} on the {name}"


def faster(one: float, other: float) -> str:
    """How one rate compares with another: ``7% faster``, ``as fast``."""
    if abs(one / other - 1) < ALIKE:
        return EQUAL
    return f"{formats.percent(abs(one / other - 1))} {'faster' if one > other else 'slower'}"


def _ordinal(place: int) -> str:
    names = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    if place < len(names):
        return names[place]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if 10 < place % 100 < 14 else ending}"


def _compute(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """Prompts, which arithmetic limits: against the peer with the most and the one with the least of it."""
    own = device.matrix_tflops
    if own is None:
        return
    rated = sorted((rate, short_name(other)) for other in shown if (rate := other.matrix_tflops))
    against = [_times(own, rate, name) for rate, name in {rated[0], rated[-1]}] if rated else []
    if against:
        yield (
            "How long it reads a prompt depends on arithmetic instead, of which it does "
            f"{formats.listed(sorted(against))}."
        )


def _times(own: float, other: float, name: str) -> str:
    if abs(own / other - 1) < ALIKE:
        return f"as much as the {name}"
    share = formats.percent(own / other) if own < other else formats.times(own / other)
    return f"{share}{' of' if own < other else ''} what the {name} does"


def _formats(atlas: Atlas, device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """Number formats that its generation runs and a peer's doesn't, and the other way round."""
    own = _runnable(atlas, device.generation)
    for mine in (True, False):
        differing: dict[tuple[str, ...], list[str]] = {}
        for other in shown:
            its = _runnable(atlas, other.generation)
            names = tuple(name for name in (own if mine else its) if name not in (its if mine else own))
            if names:
                differing.setdefault(names, []).append(f"the {short_name(other)}")
        for names, others in differing.items():
            where = (
                f"on it and not on {formats.listed(others, 'or')}"
                if mine
                else f"on {formats.listed(others)} and not on it"
            )
            named = formats.some_listed(names, MOST_FORMATS, "more quantizations")
            yield f"{named} {'runs' if len(names) == 1 else 'run'} {where}."


def _runnable(atlas: Atlas, generation: Generation) -> Mapping[str, None]:
    """Names of the quantizations that an engine runs on a generation of hardware, in order."""

    def find(inner: Atlas) -> dict[str, None]:
        catalog = inner.catalog
        return dict.fromkeys(
            quantization.name
            for quantization in catalog.quantizations.values()
            if any(generation in catalog.generations(engine, quantization) for engine in quantization.engines)
        )

    return atlas.once(f"runnable/{generation}", find)


def _equals(catalog: Catalog, device: Device, others: tuple[Outline, ...]) -> Iterator[str]:
    """What else tells it from those of its maker that read memory as fast."""
    own, asked = rate(device), known(catalog)
    equal = [o for o in others if o.vendor == device.vendor and abs(rate(o) - own) <= AS_FAST * own]
    equal.sort(
        key=lambda other: (
            other.segment != device.segment,
            of_another(device, other),
            other.slug not in asked,
            other.name,
        )
    )
    for other in (catalog.devices[each.slug] for each in equal[:NEAREST]):
        clauses = list(_differences(device, other))
        if clauses:
            yield f"The {short_name(other)} gives the same tokens a second; it {formats.listed(clauses)}."


def _differences(device: Device, other: Device) -> Iterator[str]:
    """How ``other`` differs, each as what it does."""
    own, its = device.matrix_tflops, other.matrix_tflops
    if own and its:
        yield f"reads prompts {faster(its, own)}"
    if device.tdp_w and other.tdp_w and device.tdp_w != other.tdp_w:
        yield f"draws {abs(other.tdp_w - device.tdp_w):g} W {'more' if other.tdp_w > device.tdp_w else 'less'}"
    if device.host_gb_s and other.host_gb_s and abs(device.host_gb_s / other.host_gb_s - 1) > ALIKE:
        yield f"reaches system memory {'faster' if other.host_gb_s > device.host_gb_s else 'more slowly'}"
    if device.price_usd and other.price_usd and device.price_kind == other.price_kind:
        more = other.price_usd - device.price_usd
        if more:
            yield f"costs {formats.dollars(abs(more))} {'more' if more > 0 else 'less'} ({words.price_note(other)})"
    if device.release != other.release:
        yield f"came {'later' if other.release > device.release else 'earlier'}, in {formats.month(other.release)}"


def _links(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """What joins it to its like, and how wide its way to system memory is, where peers differ."""
    peer = device.peer_link
    without = [short_name(other) for other in shown if other.peer_link is None]
    if peer and without:
        speed = f" at {formats.bandwidth(peer.gb_s)} both ways together" if peer.gb_s else ""
        yield f"{LINKS[peer.kind]} joins it to others of its kind{speed}, which the {formats.listed(without, 'or')} can't."
    elif peer is None:
        linked = [f"{short_name(other)} ({LINKS[other.peer_link.kind]})" for other in shown if other.peer_link]
        if linked and not device.unified_memory:
            yield f"It has no link to others of its kind but PCI Express; the {formats.listed(linked)} has."
    own = device.host_gb_s
    if own and not device.unified_memory:
        compared = [
            _link_against(own, other.host_gb_s, short_name(other))
            for other in shown
            if other.host_gb_s and abs(own / other.host_gb_s - 1) > ALIKE
        ]
        if compared:
            yield f"System memory is {formats.bandwidth(own)} away, {formats.listed(compared)}."


def _link_against(own: float, other: float, name: str) -> str:
    return f"{formats.times(own / other)} the rate of the {name}"


def _power(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """Bandwidth for a watt, against the best and the worst of the peers."""
    if not device.tdp_w or not device.bandwidth_gb_s:
        return
    own = device.bandwidth_gb_s / device.tdp_w
    rated = sorted((rate(other) / other.tdp_w, short_name(other)) for other in shown if other.tdp_w)
    if rated:
        (least, poorest), (most, best) = rated[0], rated[-1]
        if own > most:
            rest = f"more than any of these, the {best} next with {formats.bandwidth(most)}"
        elif own < least:
            rest = f"less than any of these, the {poorest} next with {formats.bandwidth(least)}"
        else:
            rest = (
                f"between the {poorest} with {formats.bandwidth(least)} and the {best} with {formats.bandwidth(most)}"
            )
        yield f"At {device.tdp_w:g} W each watt reads {formats.bandwidth(own)}, {rest}."


def _price(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """Price of a GB where prices of one kind are known."""
    own = _price_of_gb(device)
    if own is None:
        return
    rated = [
        (price, short_name(other))
        for other in shown
        if other.price_kind == device.price_kind and (price := _price_of_gb(other)) is not None
    ]
    if rated:
        compared = [f"{formats.dollars(price)} on the {name}" for price, name in rated]
        yield f"A GB of its memory costs {formats.dollars(own)} ({words.price_note(device)}), {formats.listed(compared)}."


def _price_of_gb(device: Device) -> float | None:
    return device.price_usd / device.memory_gb_marketed if device.price_usd else None
