"""What a file of `data/hardware/` holds."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from generator.catalog.device import Device
from generator.catalog.fields import Frozen
from generator.catalog.group import DeviceGroup


class HardwareFile(Frozen):
    """Content of a `data/hardware/*.yaml` file: devices, groups of them, or both."""

    devices: tuple[Device, ...] = ()
    groups: tuple[DeviceGroup, ...] = ()

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.devices and not self.groups:
            raise ValueError("must hold devices or groups")
        return self
