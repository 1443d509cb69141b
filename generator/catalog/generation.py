"""Generations of hardware: what decides which engines, and which number formats in them, run on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

Vendor = Literal["nvidia", "amd", "intel", "apple"]

Generation = Literal[
    "pascal",
    "volta",
    "turing",
    "ampere",
    "ada",
    "hopper",
    "blackwell",
    "gcn5",
    "cdna1",
    "cdna2",
    "cdna3",
    "cdna4",
    "rdna2",
    "rdna3",
    "rdna3.5",
    "rdna4",
    "xe-hpg",
    "xe-hpc",
    "xe2",
    "gaudi2",
    "gaudi3",
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
]

GENERATIONS: Mapping[Vendor, tuple[Generation, ...]] = {
    "nvidia": ("pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell"),
    "amd": ("gcn5", "cdna1", "cdna2", "cdna3", "cdna4", "rdna2", "rdna3", "rdna3.5", "rdna4"),
    "intel": ("xe-hpg", "xe-hpc", "xe2", "gaudi2", "gaudi3"),
    "apple": ("m1", "m2", "m3", "m4", "m5"),
}
"""The generations of each maker that the data may name, oldest first within a line."""


def _of_their_maker(value: Mapping[Vendor, tuple[Generation, ...]]) -> Mapping[Vendor, tuple[Generation, ...]]:
    for vendor, generations in value.items():
        strangers = [name for name in generations if name not in GENERATIONS[vendor]]
        if strangers:
            raise ValueError(f"{strangers[0]} is not a generation of {vendor}: {', '.join(GENERATIONS[vendor])}")
    return value


RunsOn = Annotated[
    dict[Vendor, Annotated[tuple[Generation, ...], Field(min_length=1)]],
    Field(min_length=1),
    AfterValidator(_of_their_maker),
]
"""Makers, each with the generations of its devices that something runs on."""
