"""How a device reaches the rest of its machine and others of its kind."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from generator.catalog.fields import Frozen, PositiveFloat, PositiveInt

PCIE_GB_S_PER_LANE = {3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""GB/s of one lane in one direction after encoding, by generation (PCI-SIG: 8, 16, 32 and 64 GT/s)."""


class Pcie(Frozen):
    """The PCI Express connection of a card."""

    generation: Literal[3, 4, 5, 6]
    lanes: Literal[1, 4, 8, 16]

    @property
    def gb_s(self) -> float:
        """GB/s in one direction."""
        return PCIE_GB_S_PER_LANE[self.generation] * self.lanes


class PeerLink(Frozen):
    """What joins devices of one kind without the host in between.

    gb_s : both directions together, as makers state it, of one device.
    devices : how many can be joined so; absent where it wasn't read.
    """

    kind: Literal["nvlink", "nvlink-bridge", "infinity-fabric", "roce", "ethernet"]
    gb_s: PositiveFloat | None = None
    devices: PositiveInt | None = None


class HostLink(Frozen):
    """A faster way to system memory than PCI Express.

    gb_s : both directions together. memory_gb, memory_gb_s : what lies behind it, and its own bandwidth.
    """

    kind: Literal["nvlink-c2c"]
    gb_s: PositiveFloat | None = None
    memory_gb: PositiveFloat | None = None
    memory_gb_s: PositiveFloat | None = None

    @model_validator(mode="after")
    def _says_a_speed(self) -> Self:
        if self.gb_s is None and self.memory_gb_s is None:
            raise ValueError("must give gb_s, memory_gb_s or both")
        return self

    @property
    def one_way_gb_s(self) -> float:
        """GB/s at which weights in that memory can be read: the slower of link and memory."""
        speeds = (None if self.gb_s is None else self.gb_s / 2, self.memory_gb_s)
        return min(speed for speed in speeds if speed is not None)
