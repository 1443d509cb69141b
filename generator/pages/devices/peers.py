"""Which hardware is compared with which: that which holds as much, nearest in bandwidth."""

from __future__ import annotations

from generator.catalog import Catalog, Device

AS_LARGE = 0.07
"""Relative difference in capacity up to which devices count as holding the same."""

NEAREST = 2
"""Neighbours on either side by bandwidth that are shown."""


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
    """Of the peers the nearest by bandwidth on either side, those that people ask about before others.

    Of peers as near, one of the same generation comes first: whoever buys chooses between these.
    """
    asked = known(catalog)
    own = device.bandwidth_gb_s or 0
    chosen = []
    for side in ([o for o in others if rate(o) >= own], [o for o in others if rate(o) < own]):
        side.sort(key=lambda other: (other.slug not in asked, abs(rate(other) - own), of_another(device, other)))
        chosen += side[:NEAREST]
    return tuple(sorted(chosen, key=lambda other: (-rate(other), other.name)))


def rate(device: Device) -> float:
    """Bandwidth in GB/s, 0 where it isn't known."""
    return device.bandwidth_gb_s or 0


def of_another(device: Device, other: Device) -> bool:
    """Whether two devices are of different generations."""
    return other.generation != device.generation


def known(catalog: Catalog) -> frozenset[str]:
    """Devices that people ask about."""
    return frozenset((*catalog.site.common_devices, *catalog.site.more_devices))
