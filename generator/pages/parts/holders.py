"""What pages say of a device or a group: its names, its figures, where it is told more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from generator import formats, urls
from generator.catalog import Catalog, Device, DeviceGroup
from generator.pages.page import Card, Link, Table
from generator.pages.parts.fitting import ModelTable
from generator.placement.holding import SHORT_CONTEXT, Holder, holder_of

SPOKEN_WITH_A_VOWEL = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel, as in "an RTX"."""

LEFT_OUT = re.compile(r"\b(?:NVIDIA|AMD|Intel) | \([^)]*\)| (?:Edition|Generation)\b")
"""Of a device's name where there is little room."""

PRICE_KINDS = {"launch": "launch price", "street": "reported street price", "machine": "whole machine"}
SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
LINKS = {
    "nvlink": "NVLink",
    "nvlink-bridge": "NVLink bridge",
    "infinity-fabric": "Infinity Fabric",
    "roce": "RoCE",
    "ethernet": "Ethernet",
}
GROUP_LINKS = {"pcie": "PCI Express", "ethernet": "Ethernet", "thunderbolt": "Thunderbolt"}


class Section(Struct, frozen=True):
    """A part of a page under a heading.

    code : a line to paste. folded : tables behind their captions. models : those that some hardware runs.
    """

    id: str
    heading: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    code: str = ""
    models: ModelTable | None = None


class HardwareBody(Struct, frozen=True):
    """A page about hardware: the answer, figures side by side, sections.

    verdict : fits, tight or no, where the page asks for one.
    """

    answer: tuple[str, ...]
    cards: tuple[Card, ...] = ()
    sections: tuple[Section, ...] = ()
    doubts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    verdict: str = ""


def short_name(device: Device) -> str:
    """``RTX 4090``: as people say it."""
    return device.name.removeprefix("GeForce ")


def name(holder: Holder) -> str:
    """``RTX 4090``, ``2 × RTX 3090``."""
    if holder.count == 1:
        return short_name(holder.device)
    return f"{holder.count} × {short_name(holder.device)}"


def with_article(holder: Holder) -> str:
    """``an RTX 4090``, ``a Tesla P40``, ``2 × RTX 3090``."""
    return name(holder) if holder.count > 1 else f"{_article(short_name(holder.device))} {short_name(holder.device)}"


def a_named(device: Device) -> str:
    """``a GeForce RTX 4090``, ``an AMD Radeon RX 7900 XTX``: the whole name."""
    return f"{_article(device.name)} {device.name}"


def brief(holder: Holder) -> str:
    """``RTX PRO 6000 Blackwell Workstation``: without the maker and what only tells editions apart."""
    return LEFT_OUT.sub("", name(holder))


def brief_with_article(holder: Holder) -> str:
    """``a Ryzen AI Max+ 395 128 GB``."""
    return brief(holder) if holder.count > 1 else f"{_article(brief(holder))} {brief(holder)}"


def _article(words: str) -> str:
    first = words.split()[0]
    spelled = first.isupper() or first[1:2].isdigit()
    vowels = SPOKEN_WITH_A_VOWEL if spelled else frozenset("AEIO")
    return "an" if first[0] in vowels else "a"


def capacity(holder: Holder) -> str:
    """What the driver reports: ``24.0 GiB``, ``2 × 24.0 GiB``."""
    each = formats.gib(holder.device.memory_bytes)
    return each if holder.count == 1 else f"{holder.count} × {each}"


def link(holder: Holder) -> Link:
    return Link(name(holder), urls.device_path(holder.slug))


def with_model_pages(catalog: Catalog) -> tuple[Holder, ...]:
    """The hardware that every model has a page on, those that people ask about most first."""
    slugs = (*catalog.site.common_devices, *catalog.site.more_devices)
    return tuple(holder_of(catalog, slug) for slug in slugs)


def has_model_pages(catalog: Catalog, holder: Holder) -> bool:
    """Whether every model has a page on this hardware."""
    return holder.slug in catalog.site.common_devices or holder.slug in catalog.site.more_devices


def takes(holder: Holder) -> str:
    """The heading of what a model takes with the short context: of several devices the fullest."""
    short = formats.context(SHORT_CONTEXT)
    return f"Takes at {short}" if holder.count == 1 else f"Fullest holds at {short}"


def price(device: Device) -> str:
    """``$1,600``, or a dash where none is known."""
    return "–" if device.price_usd is None else formats.dollars(device.price_usd)


def price_note(device: Device) -> str:
    """``launch price, September 2022``."""
    kind = PRICE_KINDS[device.price_kind] if device.price_kind else ""
    return f"{kind}, {formats.month(device.price_date)}" if device.price_date else kind


def cards(holder: Holder, most: int | None = None) -> tuple[Card, ...]:
    """The figures of a device that matter here; of a group, what its devices have together too.

    most : how many are wanted, all where None; no others are asked for.
    """
    return tuple(islice(_cards(holder), most))


def _cards(holder: Holder) -> Iterator[Card]:
    device = holder.device
    marketed = formats.memory_class(device.memory_gb_marketed)
    read = "" if device.memory_basis == "reported" else ", derived"
    if holder.count > 1:
        yield Card("Together", formats.gib(holder.total_bytes), f"{holder.count} devices")
    yield Card("Driver reports", formats.gib(device.memory_bytes), f"sold as {marketed}{read}")
    for limit in device.memory_limits:
        if limit.memory_mib is not None:
            size = formats.gib(limit.memory_mib * formats.MIB)
            yield Card(f"Raised under {SYSTEMS[limit.system]}", size, "by a setting, below")
    if device.ecc and device.ecc.memory_mib_enabled:
        yield Card("With ECC on", formats.gib(device.ecc.memory_mib_enabled * formats.MIB), device.ecc.basis or "")
    if device.ecc and device.ecc.memory_mib_disabled:
        yield Card("With ECC off", formats.gib(device.ecc.memory_mib_disabled * formats.MIB), device.ecc.basis or "")
    if device.bandwidth_gb_s is not None:
        yield Card("Memory bandwidth", formats.bandwidth(device.bandwidth_gb_s), device.memory_type)
    for label, tflops in (("FP16", device.fp16_tflops), ("FP8", device.fp8_tflops), ("FP4", device.fp4_tflops)):
        if tflops is not None:
            yield Card(f"{label} TFLOPS", formats.teraflops(tflops), "peak, dense")
    yield from _links(holder)
    if device.price_usd is not None:
        yield Card("Price of one", price(device), price_note(device))
    power = f"; {device.tdp_w:g}{formats.NO_BREAK}W" if device.tdp_w else ""
    yield Card("Released", formats.year(device.release), f"{formats.month(device.release)}{power}")


def _links(holder: Holder) -> Iterator[Card]:
    device = holder.device
    if holder.group is not None:
        yield joined(holder, holder.group)
        return
    if device.pcie is not None:
        yield Card(
            "To system memory",
            f"PCIe {device.pcie.generation}.0 x{device.pcie.lanes}",
            f"{formats.bandwidth(device.pcie.gb_s)} each way",
        )
    if device.host_link is not None:
        yield Card("To system memory", "NVLink-C2C", f"{formats.bandwidth(device.host_link.one_way_gb_s)} each way")
    if device.peer_link is not None:
        speed = device.peer_link.gb_s
        note = f"{formats.bandwidth(speed)} both ways together" if speed else "speed not known"
        yield Card("To its like", LINKS[device.peer_link.kind], note)


def joined(holder: Holder, group: DeviceGroup) -> Card:
    """How the devices of a group reach each other."""
    device = holder.device
    words = LINKS[device.peer_link.kind] if group.link == "peer" and device.peer_link else GROUP_LINKS[group.link]
    speed = group.one_way_gb_s(device)
    place = "in one machine" if group.same_machine else "between machines"
    return Card(f"Joined {place}", words, f"{formats.bandwidth(speed)} each way" if speed else "speed not known")


def sources(holder: Holder) -> tuple[str, ...]:
    """Where the figures come from."""
    own = holder.group.sources if holder.group else ()
    return (*own, f"Memory: {holder.device.memory_source}", *holder.device.sources)


def doubts(holder: Holder) -> tuple[str, ...]:
    own = holder.group.doubts if holder.group else ()
    return (*own, *holder.device.doubts)
