"""Rules about sources: a figure that says it was read must be the one that its source quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.catalog.device import Device
from generator.catalog.gathered import Gathered
from generator.catalog.problems import Problem

_MIB = re.compile(r"([0-9][0-9,]*)(?: to ([0-9][0-9,]*))? ?MiB")
_BYTES = re.compile(r"([0-9]{9,}) bytes")


def provenance_problems(found: Gathered) -> Iterator[Problem]:
    """Devices whose reported memory isn't what their source quotes, or that quote no driver at all."""
    for one in found.devices:
        device = one.entry
        if device.memory_basis != "reported":
            continue
        if device.memory_source.startswith("marketed"):
            message = "is no driver's report: quote what a driver printed, or say memory_basis: derived"
            yield one.problem("memory_source", device.memory_source, message)
        elif (quoted := _quoted_mib(device)) and device.memory_mib_reported not in quoted:
            sizes = " or ".join(str(size) for size in sorted(quoted))
            yield one.problem(
                "memory_mib_reported", device.memory_mib_reported, f"must be what its source says: {sizes}"
            )


def _quoted_mib(device: Device) -> set[int]:
    """Sizes that the source quotes, MiB; empty where it quotes none."""
    text = device.memory_source
    whole = {int(size.replace(",", "")) for match in _MIB.finditer(text) for size in match.groups() if size}
    return whole | {int(match[1]) >> 20 for match in _BYTES.finditer(text)}
