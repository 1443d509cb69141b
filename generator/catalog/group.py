"""Devices of one kind that people put together to hold one model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from generator.catalog.device import Device
from generator.catalog.fields import Frozen, Line, PositiveFloat, Slug, Sources

SAME_MACHINE = ("pcie", "peer")


class DeviceGroup(Frozen):
    """Several devices of one kind.

    link : how their parts of a model talk to each other: over the host's PCI Express, over the device's own
        `peer_link`, or over a network between machines.
    link_gb_s : of a network, both directions together; the others stand with the device.
    """

    device: Slug
    count: Annotated[int, Field(ge=2, le=16)]
    link: Literal["pcie", "peer", "ethernet", "thunderbolt"]
    link_gb_s: PositiveFloat | None = None
    notes: Line | None = None
    doubts: tuple[Line, ...] = ()
    sources: Sources

    @property
    def slug(self) -> str:
        """``2x-rtx-3090``."""
        return f"{self.count}x-{self.device}"

    @property
    def same_machine(self) -> bool:
        return self.link in SAME_MACHINE

    def one_way_gb_s(self, device: Device) -> float | None:
        """GB/s from one device to the next, None where not known."""
        if self.link == "pcie":
            return None if device.pcie is None else device.pcie.gb_s
        both = device.peer_link.gb_s if self.link == "peer" and device.peer_link else self.link_gb_s
        return None if both is None else both / 2

    @model_validator(mode="after")
    def _says_the_speed_of_a_network(self) -> Self:
        if self.same_machine == (self.link_gb_s is not None):
            raise ValueError("link_gb_s must be given for ethernet and thunderbolt, and only for them")
        return self
