"""What sets one piece of hardware apart from others that hold as much, in sentences and figures side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from generator import formats, urls
from generator.catalog import Catalog, Device
from generator.pages import holders as words
from generator.pages.holders import LINKS, Section, short_name
from generator.pages.page import Cell, Row, Table
from generator.placement.holding import Holder, holders
from generator.scenarios import Atlas

AS_LARGE = 0.07
"""Relative difference in capacity up to which devices count as holding the same."""

ALIKE = 0.005
"""Relative difference below which two rates count as equal."""

NEAREST = 2
"""Neighbours on either side by bandwidth that are shown."""

COLUMNS = ("Device", "Driver reports", "Bandwidth", "Matrix TFLOPS", "Power", "Price", "Released")


def apart(atlas: Atlas, holder: Holder) -> Iterator[Section]:
    """The section, where anything is there to compare with."""
    catalog = atlas.catalog
    if holder.group is not None:
        sentences = tuple(_group_sentences(catalog, holder))
        if sentences:
            yield Section("apart", "What sets it apart", sentences)
        return
    device, others = holder.device, peers(catalog, holder.device)
    shown = nearest(catalog, device, others)
    sentences = tuple(_sentences(device, others, shown))
    if shown:
        yield Section("apart", "What sets it apart", sentences, (_table(device, shown),))


def peers(catalog: Catalog, device: Device) -> tuple[Device, ...]:
    """Devices that hold as much and whose memory is theirs alone, or shared as this one's is; fastest memory first."""
    found = (
        other
        for other in catalog.devices.values()
        if other is not device
        and other.unified_memory == device.unified_memory
        and other.bandwidth_gb_s
        and abs(other.memory_bytes - device.memory_bytes) <= AS_LARGE * device.memory_bytes
    )
    return tuple(sorted(found, key=lambda other: (-(other.bandwidth_gb_s or 0), other.name)))


def nearest(catalog: Catalog, device: Device, others: tuple[Device, ...]) -> tuple[Device, ...]:
    """Of the peers the nearest by bandwidth on either side, those that people ask about before others."""
    known = {*catalog.site.common_devices, *catalog.site.more_devices}
    own = device.bandwidth_gb_s or 0
    chosen = []
    for side in ([o for o in others if _rate(o) >= own], [o for o in others if _rate(o) < own]):
        side.sort(key=lambda other: (other.slug not in known, abs(_rate(other) - own)))
        chosen += side[:NEAREST]
    return tuple(sorted(chosen, key=lambda other: (-_rate(other), other.name)))


def _rate(device: Device) -> float:
    return device.bandwidth_gb_s or 0


def _sentences(device: Device, others: tuple[Device, ...], shown: tuple[Device, ...]) -> Iterator[str]:
    if device.bandwidth_gb_s is not None and others:
        yield _bandwidth(device, others, shown)
    yield from chain(_compute(device, shown), _narrow(device, shown), _links(device, shown))
    yield from chain(_power(device, shown), _price(device, shown))


def _bandwidth(device: Device, others: tuple[Device, ...], shown: tuple[Device, ...]) -> str:
    """Its place among its peers, and how far the nearest ones are."""
    own = _rate(device)
    faster = sum(_rate(other) > own for other in others)
    count = f"{len(others) + 1} devices that hold as much"
    place = "most" if not faster else "least" if faster == len(others) else f"{_ordinal(faster + 1)} most"
    compared = [_against(own, _rate(other), short_name(other)) for other in shown]
    return (
        f"Of {count}, it has the {place} memory bandwidth, {formats.bandwidth(own)} of {device.memory_type}, and "
        f"tokens come as fast as memory is read: {formats.listed(compared)}."
    )


def _against(own: float, other: float, name: str) -> str:
    if abs(own / other - 1) < ALIKE:
        return f"as fast as on the {name}"
    return f"{formats.percent(abs(own / other - 1))} {'faster' if own > other else 'slower'} than on the {name}"


def _ordinal(place: int) -> str:
    names = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    return names[place] if place < len(names) else f"{place}th"


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


def _narrow(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """Matrix rates below 16 bits, where they are listed for it or for a peer."""
    for name, rate in (("FP8", lambda each: each.fp8_tflops), ("FP4", lambda each: each.fp4_tflops)):
        yield from _narrow_of(name, rate, device, shown)


def _narrow_of(
    name: str, rate: Callable[[Device], float | None], device: Device, shown: tuple[Device, ...]
) -> Iterator[str]:
    own = rate(device)
    having = [short_name(other) for other in shown if rate(other)]
    lacking = [short_name(other) for other in shown if other.fp16_tflops and not rate(other)]
    if own and lacking:
        yield f"It computes {name} at {formats.teraflops(own)} TFLOPS; for the {_or(lacking)} no such rate is listed."
    elif not own and having and device.fp16_tflops:
        yield f"The {_and(having)} {'has' if len(having) == 1 else 'have'} a rate for {name} listed, this one hasn't."


def _links(device: Device, shown: tuple[Device, ...]) -> Iterator[str]:
    """What joins it to its like, and how wide its way to system memory is, where peers differ."""
    peer = device.peer_link
    without = [short_name(other) for other in shown if other.peer_link is None]
    if peer and without:
        speed = f" at {formats.bandwidth(peer.gb_s)} both ways together" if peer.gb_s else ""
        yield f"{LINKS[peer.kind]} joins it to others of its kind{speed}, which the {_or(without)} can't."
    elif peer is None:
        linked = [f"{short_name(other)} ({LINKS[other.peer_link.kind]})" for other in shown if other.peer_link]
        if linked and not device.unified_memory:
            yield f"It has no link to others of its kind but PCI Express; the {_and(linked)} has."
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
    rated = sorted((_rate(other) / other.tdp_w, short_name(other)) for other in shown if other.tdp_w)
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


def _table(device: Device, shown: tuple[Device, ...]) -> Table:
    ordered = sorted((device, *shown), key=lambda each: (-_rate(each), each.name))
    rows = tuple(
        Row(
            (
                Cell(short_name(each), None if each is device else urls.device_path(each.slug)),
                Cell(formats.gib(each.memory_bytes)),
                Cell(formats.bandwidth(_rate(each)) if each.bandwidth_gb_s else "–"),
                Cell(formats.teraflops(each.matrix_tflops) if each.matrix_tflops else "–"),
                Cell(f"{each.tdp_w:g} W" if each.tdp_w else "–"),
                Cell(words.price(each)),
                Cell(formats.year(each.release)),
            ),
            each is device,
        )
        for each in ordered
    )
    caption = (
        f"The {short_name(device)} beside its nearest in bandwidth; matrices of 16 bits, or half of what is listed for 8 "
        "bits where that is more"
    )
    return Table(caption, COLUMNS, rows)


def _group_sentences(catalog: Catalog, holder: Holder) -> Iterator[str]:
    """One larger device in place of the group, and another group that holds as much."""
    device = holder.device
    alone = [
        other
        for other in holders(catalog).values()
        if other.slug != holder.slug
        and other.device is not device
        and other.device.unified_memory == device.unified_memory
        and abs(other.total_bytes - holder.total_bytes) <= AS_LARGE * 2 * holder.total_bytes
    ]
    known = {*catalog.site.common_devices, *catalog.site.more_devices}
    if device.bandwidth_gb_s and not device.unified_memory:
        yield (
            f"Layers work one after the other, so {words.name(holder)} hold more than one but read no faster, "
            f"{formats.bandwidth(device.bandwidth_gb_s)}."
        )
    alone.sort(key=lambda other: (other.count, other.slug not in known, -_rate(other.device)))
    for other in alone[:NEAREST]:
        yield _instead(holder, other)


def _instead(holder: Holder, other: Holder) -> str:
    own, its = holder.device, other.device
    parts = [f"{'reports' if other.count == 1 else 'report'} {words.capacity(other)} against {words.capacity(holder)}"]
    if own.bandwidth_gb_s and its.bandwidth_gb_s:
        verb = "reads" if other.count == 1 else "read"
        parts.append(f"{verb} each token {_against_rate(_rate(its), _rate(own))}")
    if own.price_usd and its.price_usd and own.price_kind == its.price_kind:
        verb = "costs" if other.count == 1 else "cost"
        ours, theirs = (formats.dollars(each.count * (each.device.price_usd or 0)) for each in (holder, other))
        parts.append(f"{verb} {theirs} against {ours} ({words.price_note(its)})")
    called = f"One {words.name(other)}" if other.count == 1 else words.name(other)
    return f"{called} instead {formats.listed(parts)}."


def _against_rate(other: float, own: float) -> str:
    if abs(other / own - 1) < ALIKE:
        return "as fast"
    return f"{formats.percent(abs(other / own - 1))} {'faster' if other > own else 'slower'}"


def _and(names: list[str]) -> str:
    return formats.listed(names)


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
