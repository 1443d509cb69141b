"""What sets one piece of hardware apart from others that hold as much, in sentences and figures side by side."""

from __future__ import annotations

from collections.abc import Iterator

from generator import formats, urls
from generator.catalog import Device
from generator.pages.devices.differences import faster, sentences
from generator.pages.devices.outlines import outlines
from generator.pages.devices.peers import AS_LARGE, NEAREST, known, nearest, peers, rate
from generator.pages.page import Cell, Row, Table
from generator.pages.parts import holders as words
from generator.pages.parts.holders import Section, short_name
from generator.placement.holding import Holder, holder_of
from generator.scenarios import Atlas

COLUMNS = ("Device", "Driver reports", "Bandwidth", "Matrix TFLOPS", "Power", "Price", "Released")


def apart(atlas: Atlas, holder: Holder) -> Iterator[Section]:
    """The section, where anything is there to compare with."""
    catalog = atlas.catalog
    if holder.group is not None:
        told = tuple(_group_sentences(atlas, holder))
        if told:
            yield Section("apart", "What sets it apart", told)
        return
    device, others = holder.device, peers(atlas, holder.device)
    shown = nearest(catalog, device, others)
    told = tuple(sentences(atlas, device, others, shown))
    if shown:
        yield Section("apart", "What sets it apart", told, (_table(device, shown),))


def _table(device: Device, shown: tuple[Device, ...]) -> Table:
    ordered = sorted((device, *shown), key=lambda each: (-rate(each), each.name))
    rows = tuple(
        Row(
            (Cell(short_name(each), None if each is device else urls.device_path(each.slug)),),
            (
                formats.gib(each.memory_bytes),
                formats.bandwidth(rate(each)) if each.bandwidth_gb_s else "–",
                formats.teraflops(each.matrix_tflops) if each.matrix_tflops else "–",
                f"{each.tdp_w:g} W" if each.tdp_w else "–",
                words.price(each),
                formats.year(each.release),
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


def _group_sentences(atlas: Atlas, holder: Holder) -> Iterator[str]:
    """One larger device in place of the group, and another group that holds as much."""
    catalog, device = atlas.catalog, holder.device
    alone = [
        other
        for other in outlines(atlas).values()
        if other.device != device.slug
        and other.unified_memory == device.unified_memory
        and abs(other.total_bytes - holder.total_bytes) <= AS_LARGE * 2 * holder.total_bytes
    ]
    asked = known(catalog)
    if device.bandwidth_gb_s and not device.unified_memory:
        yield (
            f"Layers work one after the other, so {words.name(holder)} hold more than one but read no faster, "
            f"{formats.bandwidth(device.bandwidth_gb_s)}."
        )
    alone.sort(key=lambda other: (other.count, other.slug not in asked, -rate(other)))
    for other in alone[:NEAREST]:
        yield _instead(holder, holder_of(catalog, other.slug))


def _instead(holder: Holder, other: Holder) -> str:
    own, its = holder.device, other.device
    parts = [f"{'reports' if other.count == 1 else 'report'} {words.capacity(other)} against {words.capacity(holder)}"]
    if own.bandwidth_gb_s and its.bandwidth_gb_s:
        verb = "reads" if other.count == 1 else "read"
        parts.append(f"{verb} each token {faster(rate(its), rate(own))}")
    if own.price_usd and its.price_usd and own.price_kind == its.price_kind:
        verb = "costs" if other.count == 1 else "cost"
        ours, theirs = (formats.dollars(each.count * (each.device.price_usd or 0)) for each in (holder, other))
        parts.append(f"{verb} {theirs} against {ours} ({words.price_note(its)})")
    called = f"One {words.name(other)}" if other.count == 1 else words.name(other)
    return f"{called} instead {formats.listed(parts)}."
