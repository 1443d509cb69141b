"""Of every device and group what tells which are near to which, read once for all pages of hardware."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from generator.catalog import Device
from generator.catalog.generation import Generation
from generator.placement.holding import Holder, holder_of, holders
from generator.scenarios import Atlas

STEP_UP = 1.1
"""Relative difference in memory from which on a device counts as the next step."""


class Outline(Struct, frozen=True):
    """A device or group in brief; fields of its device are called as the device's are.

    device : slug. count : how many of it.
    """

    slug: str
    device: str
    count: int
    name: str
    vendor: str
    generation: Generation
    segment: str
    memory_gb_marketed: float
    memory_bytes: int
    unified_memory: bool
    bandwidth_gb_s: float | None

    @property
    def total_bytes(self) -> int:
        """What all of its devices report together."""
        return self.count * self.memory_bytes


def outlines(atlas: Atlas) -> Mapping[str, Outline]:
    """All of them by slug, devices first."""
    return atlas.once("hardware outlines", _outlines)


def of_device(atlas: Atlas, device: str) -> Sequence[Outline]:
    """A device by its slug and the groups of it."""
    return atlas.once("hardware by device", _by_device)[device]


def as_large(atlas: Atlas, outline: Outline) -> Sequence[Outline]:
    """The devices of a vendor and segment that are sold with as much memory as one of them, that one included."""
    return atlas.once("hardware by size", _by_size)[_size(outline)]


def _outlines(atlas: Atlas) -> dict[str, Outline]:
    return {slug: _outline(slug, each.device, each.count) for slug, each in holders(atlas.catalog).items()}


def _outline(slug: str, device: Device, count: int) -> Outline:
    return Outline(
        slug,
        device.slug,
        count,
        device.name,
        device.vendor,
        device.generation,
        device.segment,
        device.memory_gb_marketed,
        device.memory_bytes,
        device.unified_memory,
        device.bandwidth_gb_s,
    )


def _by_device(atlas: Atlas) -> dict[str, list[Outline]]:
    found = defaultdict(list)
    for each in outlines(atlas).values():
        found[each.device].append(each)
    return found


def _by_size(atlas: Atlas) -> dict[tuple[str, str, float], list[Outline]]:
    found = defaultdict(list)
    for each in outlines(atlas).values():
        if each.count == 1:
            found[_size(each)].append(each)
    return found


def _size(outline: Outline) -> tuple[str, str, float]:
    return outline.vendor, outline.segment, outline.memory_gb_marketed


def steps_up(atlas: Atlas, holder: Holder) -> tuple[Holder, ...]:
    """The next larger common device of the same vendor, and the next larger group of the same device."""
    catalog, known, device = atlas.catalog, outlines(atlas), holder.device
    larger = [
        each
        for each in map(known.__getitem__, catalog.site.common_devices)
        if each.vendor == device.vendor
        and each.unified_memory == device.unified_memory
        and each.total_bytes > STEP_UP * holder.total_bytes
    ]
    groups = [each for each in of_device(atlas, device.slug) if each.count > holder.count]
    found = (
        *sorted(larger, key=lambda each: each.total_bytes)[:1],
        *sorted(groups, key=lambda each: each.count)[:1],
    )
    return tuple(holder_of(catalog, each.slug) for each in found)
