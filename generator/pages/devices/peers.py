"""Which hardware is compared with which: that which holds as much, nearest in bandwidth."""

from __future__ import annotations

from generator.catalog import Catalog, Device
from generator.pages.devices.outlines import Outline, outlines
from generator.scenarios import Atlas

AS_LARGE = 0.07
"""Relative difference in capacity up to which devices count as holding the same."""

NEAREST = 2
"""Neighbours on either side by bandwidth that are shown."""


def peers(atlas: Atlas, device: Device) -> tuple[Outline, ...]:
    """Devices that hold as much and whose memory is theirs alone, or shared as this one's is; fastest memory first."""
    capacity, unified = device.memory_bytes, device.unified_memory
    most = AS_LARGE * capacity
    found = (
        other
        for other in outlines(atlas).values()
        if -most <= other.memory_bytes - capacity <= most
        and other.count == 1
        and other.unified_memory == unified
        and other.bandwidth_gb_s
        and other.slug != device.slug
    )
    return tuple(sorted(found, key=lambda other: (-rate(other), other.name)))


def nearest(catalog: Catalog, device: Device, others: tuple[Outline, ...]) -> tuple[Device, ...]:
    """Of the peers the nearest by bandwidth on either side, those that people ask about before others.

    Of peers as near, one of the same generation comes first: whoever buys chooses between these.
    """
    asked = known(catalog)
    own = rate(device)
    chosen = []
    for side in ([o for o in others if rate(o) >= own], [o for o in others if rate(o) < own]):
        side.sort(key=lambda other: (other.slug not in asked, abs(rate(other) - own), of_another(device, other)))
        chosen += side[:NEAREST]
    chosen.sort(key=lambda other: (-rate(other), other.name))
    return tuple(catalog.devices[other.slug] for other in chosen)


def rate(device: Device | Outline) -> float:
    """Bandwidth in GB/s, 0 where it isn't known."""
    return device.bandwidth_gb_s or 0


def of_another(device: Device, other: Outline) -> bool:
    """Whether two devices are of different generations."""
    return other.generation != device.generation


def known(catalog: Catalog) -> frozenset[str]:
    """Devices that people ask about."""
    return frozenset((*catalog.site.common_devices, *catalog.site.more_devices))
