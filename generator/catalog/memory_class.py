"""Sizes that hardware is sold with, and what a card of such a size really offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from generator.catalog.catalog import Catalog
from generator.catalog.device import Device

GB = 10**9


class MemoryClass(NamedTuple):
    """A marketed size.

    gb : as sold, "24 GB".
    capacity_bytes : what the driver reports of the tightest common card of that size.
    """

    gb: int
    capacity_bytes: int


def memory_classes(catalog: Catalog, engine: str) -> tuple[MemoryClass, ...]:
    """Sizes of devices that an engine runs on, smallest first: the site's, or machines' where it runs on no card."""
    devices = catalog.devices_of(engine)
    if any(not device.unified_memory for device in devices):
        sizes = set(catalog.site.memory_classes_gb)
    else:
        sizes = {int(device.memory_gb_marketed) for device in devices}
    return tuple(MemoryClass(gb, card_bytes(catalog, gb, engine)) for gb in sorted(sizes))


def card_bytes(catalog: Catalog, gb: int, engine: str) -> int:
    """What a card sold with ``gb`` GB holds, bytes.

    The least that drivers report of the common cards of that size that the engine runs on, then of common
    devices with unified memory, then of any card, then of any device. A size that no device has counts as
    10^9 bytes a GB.
    """
    of_size = [device for device in catalog.devices_of(engine) if device.memory_gb_marketed == gb]
    cards = [device for device in of_size if not device.unified_memory]
    common = catalog.site.common_devices
    asked_about = ([device for device in devices if device.slug in common] for devices in (cards, of_size))
    return next((least for devices in (*asked_about, cards, of_size) if (least := _least(devices))), gb * GB)


def _least(devices: Iterable[Device]) -> int:
    return min((device.memory_bytes for device in devices), default=0)
