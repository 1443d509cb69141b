"""Generations of hardware: what decides which engines, and which number formats in them, run on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

Vendor = Literal["nvidia", "amd", "intel", "apple"]

NvidiaGeneration = Literal["pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell"]
AmdGeneration = Literal["gcn5", "cdna1", "cdna2", "cdna3", "cdna4", "rdna2", "rdna3", "rdna3.5", "rdna4"]
IntelGeneration = Literal["xe-hpg", "xe-hpc", "xe2", "gaudi2", "gaudi3"]
AppleGeneration = Literal["m1", "m2", "m3", "m4", "m5"]
Generation = Literal[NvidiaGeneration, AmdGeneration, IntelGeneration, AppleGeneration]

GENERATIONS: Mapping[Vendor, tuple[Generation, ...]] = {
    "nvidia": get_args(NvidiaGeneration),
    "amd": get_args(AmdGeneration),
    "intel": get_args(IntelGeneration),
    "apple": get_args(AppleGeneration),
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


def generations_of(runs_on: RunsOn) -> frozenset[Generation]:
    """The generations of all makers together."""
    return frozenset(name for names in runs_on.values() for name in names)
