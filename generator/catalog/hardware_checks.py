"""Rules about groups of devices and cloud instances that need more than one file to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.catalog.device import Device
from generator.catalog.gathered import Found, Gathered
from generator.catalog.group import DeviceGroup
from generator.catalog.problems import Problem, did_you_mean

ROUNDING = 0.05
"""How far, relatively, a listed size may lie below what drivers report or above what is sold: providers round."""


def hardware_problems(found: Gathered) -> Iterator[Problem]:
    """Groups and instances whose device isn't known, or can't be what they say."""
    if "hardware" not in found.unread:
        devices = {one.entry.slug: one.entry for one in found.devices}
        yield from _groups(found, devices)
        yield from _instances(found, devices)


def _groups(found: Gathered, devices: dict[str, Device]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for one in found.groups:
        group = one.entry
        device = devices.get(group.device)
        if device is None:
            yield _no_device(one, group.device, devices)
            continue
        if group.slug in seen:
            yield one.problem("count", group.count, f"makes {group.slug}, which is already a group")
        seen[group.slug] = one.document.file
        most = device.max_per_node
        if group.same_machine and most is not None and group.count > most:
            yield one.problem("count", group.count, f"is more than the {most} that one machine takes of {device.slug}")
        if group.link == "peer":
            yield from _peers(one, device)


def _peers(one: Found[DeviceGroup], device: Device) -> Iterator[Problem]:
    link, count = device.peer_link, one.entry.count
    if link is None:
        yield one.problem("link", "peer", f"needs a peer_link of {device.slug}, which has none")
    elif link.devices is not None and count > link.devices:
        yield one.problem("count", count, f"is more than the {link.devices} that the link of {device.slug} joins")


def _instances(found: Gathered, devices: dict[str, Device]) -> Iterator[Problem]:
    for one in found.instances:
        instance = one.entry
        device = devices.get(instance.device)
        if device is None:
            yield _no_device(one, instance.device, devices)
            continue
        listed, part = instance.memory_mib_listed, instance.fraction or 1.0
        least = device.memory_mib_reported * part * (1 - ROUNDING)
        most = device.memory_gb_marketed * 1024 * part * (1 + ROUNDING)
        if listed is not None and not least <= listed <= most:
            message = f"must lie between {least:.0f} and {most:.0f} MiB for {device.slug}"
            yield one.problem("memory_mib_listed", listed, message)


def _no_device(one: Found[Any], slug: str, devices: dict[str, Device]) -> Problem:
    return one.problem("device", slug, f"is no device{did_you_mean(slug, sorted(devices))}")
